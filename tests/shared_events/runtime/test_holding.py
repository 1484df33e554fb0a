"""Partitions come and go between two turns; whoever is fenced off one goes on with the others, and so does the next."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared_events.contracts.envelope import Recorded
from shared_events.runtime import runner as runner_module
from shared_events.runtime.checkpoints import Checkpoints
from shared_events.runtime.ports import Fenced
from shared_events.runtime.sharing import LOOK_SECONDS
from shared_events.store.partition import PARTITIONS, partition_of
from shared_events.store.rows import Connection
from tests.shared_events.runtime.world import SeenView, World, drain

SUBJECTS = [next(f"t-{n}" for n in range(200) if partition_of(f"t-{n}") == each) for each in range(PARTITIONS)]
"""One of each partition."""


class Interrupted(SeenView):
    """Something happens while the first events are being taken in."""

    def __init__(self, happening: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._happening: Callable[[], Awaitable[None]] | None = happening

    async def apply(self, connection: Connection, batch: Sequence[Recorded[Any]]) -> None:
        happening, self._happening = self._happening, None
        if happening is not None:
            await happening()
        await super().apply(connection, batch)


async def test_two_workers_take_in_the_events_of_their_partitions_once(world: World) -> None:
    first, second = world.runner(holder="first"), world.runner(holder="second")
    for _ in range(2):
        world.clock.advance(LOOK_SECONDS)
        await first.turn()
        await second.turn()
    await happen_everywhere(world)

    await first.turn()
    assert {partition_of(subject) for subject, _ in await world.seen()} == set(range(6))
    await second.turn()

    assert sorted(await world.seen()) == sorted((subject, 1) for subject in SUBJECTS)


async def test_surplus_partitions_are_given_up_when_the_batch_in_hand_is_done(world: World) -> None:
    second = world.shares("ledger", "second")

    async def one_comes() -> None:
        world.clock.advance(LOOK_SECONDS)
        assert await second.hold() == {}

    await happen_everywhere(world)
    first = world.runner(holder="first", view=Interrupted(one_comes))
    await first.turn()

    assert len(await world.seen()) == PARTITIONS
    assert not await first.turn()
    world.clock.advance(LOOK_SECONDS)
    assert len(await second.hold()) == PARTITIONS // 2


async def test_a_worker_in_a_long_turn_keeps_its_partitions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "TOGETHER_MAX", 1)

    async def time_passes() -> None:
        world.clock.advance(5)
        await world.pool.execute("update ledger.member set expires_at = now()")

    await happen_everywhere(world)
    await world.runner(holder="first", view=Interrupted(time_passes)).turn()

    assert await world.shares("ledger", "second").hold() == {}
    assert len(await world.seen()) == PARTITIONS


async def test_a_worker_that_takes_in_one_event_after_the_other_keeps_its_partitions(world: World) -> None:
    async def time_passes_and_nothing_comes_of_it() -> None:
        world.clock.advance(5)
        await world.pool.execute("update ledger.member set expires_at = now()")
        raise ValueError("met again, event by event")

    await world.happen("t-1", count=3)
    await world.publish()
    await world.runner(holder="first", view=Interrupted(time_passes_and_nothing_comes_of_it)).turn()

    assert await world.shares("ledger", "second").hold() == {}
    assert await world.seen() == [("t-1", 1), ("t-1", 2), ("t-1", 3)]


async def test_a_worker_that_lost_one_partition_says_so_and_goes_on_with_the_others(world: World) -> None:
    worker = world.runner()
    await worker.turn()
    await happen_everywhere(world)
    await world.pool.execute("update ledger.checkpoint set epoch = epoch + 1 where partition = 3")

    with capture_logs() as logs:
        await drain(worker)

    assert sorted(await world.seen()) == sorted((subject, 1) for subject in SUBJECTS if partition_of(subject) != 3)
    assert {(line["log_level"], line["partition"]) for line in logs if line["event"] == "fenced"} == {("warning", 3)}
    assert [type(reason) for reason in worker.stopped.values()] == [Fenced]


async def test_a_worker_goes_on_after_a_commit_whose_answer_was_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = world.runner()
    await worker.turn()
    await happen_everywhere(world)
    with monkeypatch.context() as patched:
        patched.setattr(Checkpoints, "transaction", _unanswered)
        with pytest.raises(ConnectionError):
            await worker.turn()
    await happen_everywhere(world)

    await drain(worker)

    assert sorted(await world.seen()) == sorted((subject, version) for subject in SUBJECTS for version in (1, 2))
    assert worker.stopped == {}


async def test_what_is_parked_stays_in_order_though_the_one_that_takes_over_could_not_look_at_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.view.broken = {"t-1"}
    await world.happen("t-1")
    await world.publish()
    first = world.runner(holder="first")
    await drain(first)
    await first.stop()
    world.view.broken = set()
    await world.happen("t-1")
    await world.publish()
    second = world.runner(holder="second")
    with monkeypatch.context() as patched:
        patched.setattr(Checkpoints, "parked_subjects", _away)
        with pytest.raises(ConnectionError):
            await second.turn()

    await drain(second)

    assert await world.seen() == []
    assert await world.pool.fetchval("select count(*) from ledger.parked") == 2


async def happen_everywhere(world: World) -> None:
    """One more event of each partition, in the log."""
    for subject in SUBJECTS:
        await world.happen(subject)
    await world.publish()


_answered = Checkpoints.transaction


@asynccontextmanager
async def _unanswered(self: Checkpoints) -> AsyncIterator[Connection]:
    async with _answered(self) as connection:
        yield connection
    raise ConnectionError("the connection broke when the transaction was committed already")


async def _away(_: Checkpoints) -> set[str]:
    raise ConnectionError("the database is away")
