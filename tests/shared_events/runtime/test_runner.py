"""A consumer takes every event in exactly once, in order; a bad one stops its ticket, a missing one its partition."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import asyncpg
import pytest

from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded, Stored
from shared_events.log.port import Entry
from shared_events.runtime.effects import Decided, Effects
from shared_events.runtime.ports import ForeignLog
from shared_events.runtime.runner import PARKED_SUBJECTS_MAX, Runner
from shared_events.store.partition import partition_of
from tests.shared_events.runtime.world import SeenView, World


def same_partition(count: int) -> list[str]:
    """Subjects that share the partition of the first."""
    names = (f"t-{number}" for number in range(100_000))
    first = partition_of("t-0")
    return [
        name for name, _ in zip((name for name in names if partition_of(name) == first), range(count), strict=False)
    ]


async def drain(runner: Runner) -> None:
    while await runner.turn():
        pass


async def test_what_is_in_the_log_is_taken_in_once_in_order(world: World) -> None:
    await world.happen("t-1", count=3)
    await world.publish()

    await drain(world.runner())
    await drain(world.runner())

    assert await world.seen() == [("t-1", 1), ("t-1", 2), ("t-1", 3)]


async def test_another_process_goes_on_where_the_last_one_stopped(world: World) -> None:
    await world.happen("t-1")
    await world.publish()
    first = world.runner(holder="first")
    await drain(first)
    await first.stop()
    await world.happen("t-1")
    await world.publish()

    await drain(world.runner(holder="second"))

    assert await world.seen() == [("t-1", 1), ("t-1", 2)]


async def test_effects_and_position_are_committed_together(world: World) -> None:
    """A failing commit leaves neither: the next try takes the event in."""
    await world.happen("t-1")
    await world.publish()
    runner = world.runner()
    await runner.turn()
    await world.happen("t-1")
    await world.publish()
    await world.pool.execute("update ledger.checkpoint set epoch = epoch + 1")  # somebody took over in between

    await runner.turn()

    assert await world.seen() == [("t-1", 1)]
    await world.pool.execute("update ledger.checkpoint set epoch = epoch - 1")
    await drain(world.runner())
    assert await world.seen() == [("t-1", 1), ("t-1", 2)]


async def test_a_zombie_changes_nothing(world: World) -> None:
    """It wakes after another has taken its lease and gone on; its commit fails, and it does nothing more."""
    zombie = world.runner(holder="zombie")
    await zombie.turn()
    await world.pool.execute("update ledger.lease set expires_at = now() - interval '1 second'")
    other = world.runner(holder="other")
    await other.turn()
    await world.happen("t-1")
    await world.publish()

    await zombie.turn()
    assert await world.seen() == []

    await drain(other)
    assert await world.seen() == [("t-1", 1)]


async def test_a_bad_event_parks_its_subject_and_nothing_else(world: World) -> None:
    bad, good = same_partition(2)
    await world.happen(bad, count=2)
    await world.happen(good, count=2)
    await world.publish()
    world.view.broken = {bad}

    await drain(world.runner())

    assert await world.seen() == [(good, 1), (good, 2)]
    parked = await world.pool.fetch('select subject, version, reason from ledger.parked order by "offset"')
    assert [(row["subject"], row["version"]) for row in parked] == [(bad, 1), (bad, 2)]
    assert parked[0]["reason"] == f"ValueError: cannot fold {bad}"
    assert "earlier event" in parked[1]["reason"]


async def test_later_events_of_a_parked_subject_queue_up_behind_it(world: World) -> None:
    await world.happen("t-1")
    await world.publish()
    world.view.broken = {"t-1"}
    await drain(world.runner())
    world.view.broken = set()
    await world.happen("t-1", count=2)
    await world.publish()

    await drain(world.runner())

    assert await world.seen() == []
    assert await world.pool.fetchval("select count(*) from ledger.parked") == 3


async def test_a_retry_takes_the_parked_events_in_in_order(world: World) -> None:
    await world.happen("t-1", count=3)
    await world.publish()
    world.view.broken = {"t-1"}
    runner = world.runner()
    await drain(runner)
    world.view.broken = set()

    assert await runner.retry("t-1") == 3

    assert await world.seen() == [("t-1", 1), ("t-1", 2), ("t-1", 3)]
    await world.happen("t-1")
    await world.publish()
    await drain(runner)
    assert (await world.seen())[-1] == ("t-1", 4)
    assert await world.pool.fetchval("select count(*) from ledger.parked") == 0


async def test_an_event_that_comes_while_its_subject_is_being_retried_is_not_left_behind(world: World) -> None:
    await world.happen("t-1")
    await world.publish()
    world.view.broken = {"t-1"}
    runner = world.runner()
    await drain(runner)
    world.view.broken = set()
    await world.happen("t-1")
    await world.publish()

    await world.runner(holder="command line").retry("t-1")
    runner._checkpoints.parked_subjects = _always({"t-1"})  # type: ignore[method-assign,assignment] # as read just before the retry
    await drain(runner)

    assert await world.seen() == [("t-1", 1), ("t-1", 2)]


async def test_a_retry_that_fails_again_leaves_everything_parked(world: World) -> None:
    await world.happen("t-1", count=2)
    await world.publish()
    world.view.broken = {"t-1"}
    runner = world.runner()
    await drain(runner)

    with pytest.raises(ValueError, match="cannot fold"):
        await runner.retry("t-1")

    assert await world.pool.fetchval("select count(*) from ledger.parked") == 2


async def test_an_event_that_cannot_be_decoded_is_parked(world: World, database: str) -> None:
    await world.happen("t-1")
    await world.happen("t-2")
    await world.publish()
    await _tamper(database, "update log.log_entry set type = 'NeverHeardOf' where subject = 't-1'")

    await drain(world.runner())

    assert await world.seen() == [("t-2", 1)]
    assert "NeverHeardOf" in await world.pool.fetchval("select reason from ledger.parked")


async def test_a_broken_release_stops_the_partition_instead_of_parking_everything(world: World) -> None:
    subjects = same_partition(PARKED_SUBJECTS_MAX + 5)
    for subject in subjects:
        await world.happen(subject)
    await world.publish()
    world.view.broken = set(subjects)
    runner = world.runner()

    await drain(runner)

    assert await world.pool.fetchval("select count(*) from ledger.parked") == PARKED_SUBJECTS_MAX
    assert list(runner.stopped) == [partition_of(subjects[0])]
    mended = world.runner(holder="here", view=SeenView())
    await drain(mended)
    assert len(await world.seen()) == 5


async def test_a_gap_stops_the_partition_and_nothing_else(world: World, database: str) -> None:
    gone, other = "t-1", next(f"t-{n}" for n in range(2, 99) if partition_of(f"t-{n}") != partition_of("t-1"))
    await world.happen(gone, count=3)
    await world.happen(other, count=2)
    await world.publish()
    await _tamper(database, f"delete from log.log_entry where subject = '{gone}' and version = 2")
    runner = world.runner()

    await drain(runner)

    assert await world.seen() == [(other, 1), (other, 2)]
    assert "1 events are missing" in str(runner.stopped[partition_of(gone)])


async def test_an_exact_repetition_is_dropped(world: World) -> None:
    await world.happen("t-1", count=2)
    await world.publish()
    runner = world.runner()
    await drain(runner)
    repeating = _Repeating(world, lambda stored: stored)

    await runner._take_or_stop(partition_of("t-1"), await repeating.entries())

    assert runner.stopped == {}
    assert await world.seen() == [("t-1", 1), ("t-1", 2)]


async def test_another_event_under_a_seen_number_stops_the_partition(world: World) -> None:
    await world.happen("t-1", count=2)
    await world.publish()
    runner = world.runner()
    await drain(runner)
    forged = _Repeating(world, lambda stored: replace(stored, digest=bytes(32)))

    await runner._take_or_stop(partition_of("t-1"), await forged.entries())

    assert "not the one that had this number first" in str(runner.stopped[partition_of("t-1")])


async def test_a_checkpoint_of_another_log_is_refused(world: World, database: str) -> None:
    await drain(world.runner())
    await _tamper(database, "update log.identity set log_id = gen_random_uuid()")
    world.log._log_id = None

    with pytest.raises(ForeignLog, match="this is log"):
        await world.runner(holder="here").turn()


async def test_a_reaction_appends_once_per_cause(world: World) -> None:
    await world.happen("t-1", kind="withdrawn")
    await world.publish()

    await drain(world.reactor())
    await world.pool.execute("update routing.checkpoint set next_offset = 0, seen_by_source = '{}'")
    await drain(world.reactor(holder="here"))

    stream = await world.routing.load("t-1")
    assert [(event.type, event.version) for event in stream.events] == [("TicketClosed", 1)]
    cause = (await world.intake.load("t-1")).events[0]
    assert stream.events[0].causation_id == str(cause.event_id)
    assert stream.events[0].correlation_id == cause.correlation_id


async def test_several_causes_of_one_subject_in_one_batch_each_have_their_effect(world: World) -> None:
    await world.happen("t-1", count=3, kind="withdrawn")
    await world.publish()

    await drain(world.reactor())

    assert (await world.routing.load("t-1")).version == 3


async def test_a_reaction_whose_stream_moves_on_meanwhile_decides_again(world: World) -> None:
    await world.happen("t-1", kind="withdrawn")
    await world.publish()
    reactor = world.reactor()
    reactor._effects = LosesTheRace(reactor._effects, world)

    await drain(reactor)

    stream = await world.routing.load("t-1")
    assert [event.causation_id is not None for event in stream.events] == [False, True]


async def test_progress_is_told_after_each_commit(world: World) -> None:
    await world.happen("t-1", count=2)
    await world.publish()
    await drain(world.runner())

    consumer, checkpoint = world.progressed[-1]
    assert consumer == "ledger"
    assert checkpoint.seen == {"intake": 2}


class LosesTheRace(Effects):
    """Between deciding and committing for the first time, somebody else appends to the same stream."""

    def __init__(self, effects: Effects, world: World) -> None:
        super().__init__(effects._views, effects._reactions)
        self._world = world
        self._lost = False

    async def decide(self, batch: Sequence[Recorded[Fact]]) -> list[Decided]:
        decided = await super().decide(batch)
        if not self._lost:
            self._lost = True
            append = decided[0].append
            other = replace(append.events[0], causation_id=None)
            await self._world.routing.append(replace(append, events=[other], command_key=None))
        return decided


class _Repeating:
    """Delivers the first entry of a partition again, as a relay that died would on a log that keeps repetitions."""

    def __init__(self, world: World, change: Callable[[Stored], Stored]) -> None:
        self._world = world
        self._change = change

    async def entries(self) -> list[Entry]:
        partition = partition_of("t-1")
        (first, last) = (await self._world.log.read({partition: 0}, 10))[partition]
        return [replace(first, offset=last.offset + 1, stored=self._change(first.stored))]


def _always(subjects: set[str]) -> Callable[[], Awaitable[set[str]]]:
    async def parked_subjects() -> set[str]:
        return subjects

    return parked_subjects


async def _tamper(database: str, statement: str) -> None:
    """As somebody who owns the database and has switched the guards off."""
    owner = await asyncpg.connect(database)
    await owner.execute("set session_replication_role = replica")
    await owner.execute(statement)
    await owner.close()
