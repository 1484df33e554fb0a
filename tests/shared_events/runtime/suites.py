"""What shares and checkpoints must do, wherever they are kept; an engine's test module inherits the suites."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

import pytest

from shared_events.runtime.ports import Checkpoint, Checkpointing, Fenced, ForeignLog, Move, Sharing
from shared_events.runtime.sharing import LOOK_SECONDS
from shared_events.store.partition import PARTITIONS
from tests.shared_events.conftest import FixedClock

LOG = UUID(int=7)
ROUNDS_MAX = 4
"""So many looks of every worker, one after the other, are enough for everything to be somebody's again."""


class Workers(Protocol):
    """Workers of one consumer, by name."""

    def join(self, name: str) -> Sharing:
        """One that has not looked yet."""
        ...

    async def die(self, name: str) -> None:
        """Its session is gone."""
        ...

    async def oversleep(self, name: str) -> None:
        """It did nothing for longer than a lease is good for."""
        ...


class SharingSuite:
    """Inherited per engine, which provides `workers`."""

    @pytest.fixture
    def shares(self, workers: Workers, clock: FixedClock) -> "Shared":
        return Shared(workers, clock)

    async def test_a_worker_alone_has_everything_at_once(self, shares: "Shared") -> None:
        assert list(await shares.look("a")) == list(range(PARTITIONS))

    @pytest.mark.parametrize(("count", "each"), [(2, {6}), (3, {4}), (5, {2, 3}), (12, {1}), (13, {0, 1})])
    async def test_each_of_many_has_as_many_as_any_other_give_or_take_one(
        self, shares: "Shared", count: int, each: set[int]
    ) -> None:
        held = await shares.settle(*(f"w{number:02}" for number in range(count)))

        assert {len(partitions) for partitions in held.values()} == each
        assert sorted(partition for partitions in held.values() for partition in partitions) == list(range(PARTITIONS))

    async def test_one_that_comes_gets_only_what_the_others_have_too_much(self, shares: "Shared") -> None:
        before = await shares.settle("a", "b")

        after = await shares.settle("a", "b", "c")

        assert before["a"].items() >= after["a"].items()
        assert before["b"].items() >= after["b"].items()

    async def test_nothing_is_claimed_before_it_is_given_up(self, shares: "Shared") -> None:
        await shares.look("a")

        assert await shares.look("b") == {}
        given_up = set(range(PARTITIONS)) - set(await shares.look("a"))
        assert set(await shares.look("b")) == given_up

    async def test_what_one_that_died_had_is_claimed_at_once_under_later_epochs(
        self, shares: "Shared", workers: Workers
    ) -> None:
        before = await shares.settle("a", "b")
        await workers.die("a")

        after = await shares.look("b")

        assert after == {**before["b"], **{partition: epoch + 1 for partition, epoch in before["a"].items()}}

    async def test_one_that_wakes_from_the_dead_finds_that_it_has_nothing_until_others_give_it_something(
        self, shares: "Shared", workers: Workers
    ) -> None:
        await shares.settle("a", "b")
        await workers.oversleep("a")
        assert len(await shares.look("b")) == PARTITIONS

        assert await shares.look("a") == {}
        assert {name: len(held) for name, held in (await shares.settle("a", "b")).items()} == {"a": 6, "b": 6}

    async def test_one_that_overslept_goes_on_where_nobody_has_taken_over(
        self, shares: "Shared", workers: Workers
    ) -> None:
        before = await shares.look("a")
        await workers.oversleep("a")

        assert await shares.look("a") == before

    async def test_one_that_says_so_in_a_long_turn_stays_alive(
        self, shares: "Shared", workers: Workers, clock: FixedClock
    ) -> None:
        before = await shares.settle("a", "b")
        await workers.oversleep("a")
        clock.advance(5)
        await shares.of("a").stay()

        assert await shares.look("b") == before["b"]

    async def test_what_was_released_is_claimed_at_once(self, shares: "Shared") -> None:
        await shares.settle("a", "b")
        await shares.of("a").release()

        assert len(await shares.look("b")) == PARTITIONS

    async def test_no_worker_looks_in_every_turn(self, shares: "Shared", workers: Workers) -> None:
        before = await shares.look("a")
        await workers.oversleep("a")
        await shares.of("b").hold()

        assert await shares.of("a").hold() == before


class CheckpointingSuite:
    """Inherited per engine, which provides `checkpoints`."""

    async def test_what_was_never_read_is_read_from_the_start(self, checkpoints: Checkpointing) -> None:
        taken = await checkpoints.take_over({3: 1, 5: 2}, LOG)

        assert taken == {3: Checkpoint(3, epoch=1), 5: Checkpoint(5, epoch=2)}

    async def test_the_next_holder_goes_on_where_the_last_one_stood(self, checkpoints: Checkpointing) -> None:
        (at,) = (await checkpoints.take_over({3: 1}, LOG)).values()
        await advance(checkpoints, [Move(at, Checkpoint(3, 7, {"intake": 5}, 1))])

        assert await checkpoints.take_over({3: 2}, LOG) == {3: Checkpoint(3, 7, {"intake": 5}, 2)}
        assert await checkpoints.seen() == {3: {"intake": 5}}

    async def test_an_older_holder_commits_nothing_of_any_partition(self, checkpoints: Checkpointing) -> None:
        old = await checkpoints.take_over({3: 1, 4: 1}, LOG)
        await checkpoints.take_over({4: 2}, LOG)

        with pytest.raises(Fenced, match="partition 4"):
            await advance(checkpoints, [Move(at, Checkpoint(at.partition, 1, {}, 1)) for at in old.values()])

        assert (await checkpoints.take_over({3: 3, 4: 3}, LOG))[3].next_offset == 0

    async def test_a_commit_from_where_the_partition_is_no_more_is_void(self, checkpoints: Checkpointing) -> None:
        (at,) = (await checkpoints.take_over({3: 1}, LOG)).values()
        move = Move(at, Checkpoint(3, 1, {}, 1))
        await advance(checkpoints, [move])

        with pytest.raises(Fenced, match="partition 3"):
            await advance(checkpoints, [move])

    async def test_what_a_later_epoch_has_is_left_out(self, checkpoints: Checkpointing) -> None:
        await checkpoints.take_over({3: 2}, LOG)

        assert set(await checkpoints.take_over({3: 1, 4: 1}, LOG)) == {4}

    async def test_a_checkpoint_of_another_log_is_refused(self, checkpoints: Checkpointing) -> None:
        (at,) = (await checkpoints.take_over({3: 1}, LOG)).values()
        await advance(checkpoints, [Move(at, Checkpoint(3, 7, {"intake": 5}, 1))])

        with pytest.raises(ForeignLog, match=f"has read log {LOG}"):
            await checkpoints.take_over({3: 2}, UUID(int=8))

    async def test_who_has_read_nothing_yet_may_read_any_log(self, checkpoints: Checkpointing) -> None:
        """As in an installation that was started once before its log was in Kafka."""
        await checkpoints.take_over({3: 1, 4: 1}, LOG)
        at = (await checkpoints.take_over({3: 2, 4: 2}, UUID(int=8)))[3]
        await advance(checkpoints, [Move(at, Checkpoint(3, 7, {"intake": 5}, 2))])

        for partition in (3, 4):
            with pytest.raises(ForeignLog, match=f"has read log {UUID(int=8)}"):
                await checkpoints.take_over({partition: 3}, LOG)


class Shared:
    """Lets workers look, each time after so long that they really do."""

    def __init__(self, workers: Workers, clock: FixedClock) -> None:
        self._join: Callable[[str], Sharing] = workers.join
        self._clock = clock
        self._joined: dict[str, Sharing] = {}

    def of(self, name: str) -> Sharing:
        if name not in self._joined:
            self._joined[name] = self._join(name)
        return self._joined[name]

    async def look(self, name: str) -> Mapping[int, int]:
        self._clock.advance(LOOK_SECONDS)
        return await self.of(name).hold()

    async def settle(self, *names: str) -> dict[str, Mapping[int, int]]:
        """What each has when all have looked often enough."""
        held: dict[str, Mapping[int, int]] = {}
        for _ in range(ROUNDS_MAX):
            held = {name: await self.look(name) for name in names}
            _refuse_two_holders(held.values())
        return held


def _refuse_two_holders(held: Collection[Mapping[int, int]]) -> None:
    claims = [claim for each in held for claim in each.items()]
    assert len(set(claims)) == len(claims), f"two workers hold a partition under the same epoch: {held}"


async def advance(checkpoints: Checkpointing, moves: Sequence[Move]) -> None:
    """In a transaction that does nothing else."""
    async with checkpoints.transaction() as transaction:
        await checkpoints.advance(transaction, moves)
