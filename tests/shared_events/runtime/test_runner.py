"""A consumer takes every event in exactly once, in order; a missing one stops its partition."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import asyncpg
import pytest
from structlog.testing import capture_logs

from shared_events.contracts.envelope import Stored
from shared_events.log.port import Entry, PartitionBroken
from shared_events.log.postgres import PostgresLog
from shared_events.runtime import runner as runner_module
from shared_events.runtime.lease import LEASE_SECONDS
from shared_events.runtime.ports import ForeignLog
from shared_events.store.partition import partition_of
from tests.shared_events.runtime.world import World, drain, tamper


async def test_what_is_in_the_log_is_taken_in_once_in_order(world: World) -> None:
    await world.happen("t-1", count=3)
    await world.publish()

    await drain(world.runner())
    await drain(world.runner())

    assert await world.seen() == [("t-1", 1), ("t-1", 2), ("t-1", 3)]


async def test_a_little_of_many_partitions_is_taken_in_by_one_transaction(world: World) -> None:
    subjects = [f"t-{number}" for number in range(20)]
    for subject in subjects:
        await world.happen(subject, count=2)
    await world.publish()

    await world.runner().turn()

    assert sorted(await world.seen()) == sorted((subject, version) for subject in subjects for version in (1, 2))
    assert await world.pool.fetchval("select count(distinct xmin::text) from ledger.seen") == 1
    assert {checkpoint.partition for _, checkpoint in world.progressed} == set(range(12))


async def test_partitions_with_much_to_read_are_taken_in_each_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "TOGETHER_MAX", 10)
    subjects = [f"t-{number}" for number in range(20)]
    for subject in subjects:
        await world.happen(subject, count=2)
    await world.publish()

    await world.runner().turn()

    assert sorted(await world.seen()) == sorted((subject, version) for subject in subjects for version in (1, 2))
    partitions = len({partition_of(subject) for subject in subjects})
    assert await world.pool.fetchval("select count(distinct xmin::text) from ledger.seen") == partitions


async def test_a_process_that_was_replaced_commits_no_partition_of_many(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "TOGETHER_MAX", 10)
    zombie = world.runner()
    await zombie.turn()
    for number in range(20):
        await world.happen(f"t-{number}")
    await world.publish()
    await world.pool.execute("update ledger.checkpoint set epoch = epoch + 1")

    await zombie.turn()

    assert await world.seen() == []
    assert zombie.stopped == {}


async def test_what_is_appended_twice_to_a_subject_is_appended_beside_other_partitions_too(world: World) -> None:
    await world.happen("t-1", count=2, kind="withdrawn")
    await world.happen("t-2", kind="withdrawn")
    assert partition_of("t-1") != partition_of("t-2")
    await world.publish()

    await drain(world.reactor())

    closed = {subject: (await world.routing.load(subject)).version for subject in ("t-1", "t-2")}
    assert closed == {"t-1": 2, "t-2": 1}


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
    await world.pool.execute("update ledger.member set expires_at = now() - interval '1 second'")
    other = world.runner(holder="other")
    await other.turn()
    await world.happen("t-1")
    await world.publish()

    await zombie.turn()
    assert await world.seen() == []

    await drain(other)
    assert await world.seen() == [("t-1", 1)]


async def test_whoever_lost_the_lease_says_so(world: World) -> None:
    await world.happen("t-1")
    await world.publish()
    zombie = world.runner(holder="zombie")
    await drain(zombie)
    await world.pool.execute("update ledger.member set expires_at = now() - interval '1 second'")
    await drain(world.runner(holder="other"))
    world.clock.advance(LEASE_SECONDS)

    with capture_logs() as logs:
        assert not await zombie.turn()

    assert [(line["event"], line["log_level"], line["consumer"]) for line in logs] == [("fenced", "warning", "ledger")]


async def test_a_gap_stops_the_partition_behind_what_stands_before_it_and_nothing_else(
    world: World, database: str
) -> None:
    gone, other = "t-1", next(f"t-{n}" for n in range(2, 99) if partition_of(f"t-{n}") != partition_of("t-1"))
    await world.happen(gone, count=3)
    await world.happen(other, count=2)
    await world.publish()
    await tamper(database, f"delete from log.log_entry where subject = '{gone}' and version = 2")
    runner = world.runner()

    await drain(runner)

    assert sorted(await world.seen()) == sorted([(gone, 1), (other, 1), (other, 2)])
    assert "1 events are missing" in str(runner.stopped[partition_of(gone)])


async def test_a_partition_whose_history_cannot_be_read_stops_and_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, other = "t-1", next(f"t-{n}" for n in range(2, 99) if partition_of(f"t-{n}") != partition_of("t-1"))
    await world.happen(gone)
    await world.happen(other)
    await world.publish()
    monkeypatch.setattr(world, "log", _Trimmed(world.pool, partition_of(gone)))
    runner = world.runner()

    await drain(runner)

    assert await world.seen() == [(other, 1)]
    assert str(runner.stopped[partition_of(gone)]) == "history is missing"


async def test_an_exact_repetition_is_dropped(world: World) -> None:
    await world.happen("t-1", count=2)
    await world.publish()
    runner = world.runner()
    await drain(runner)
    repeating = _Repeating(world, lambda stored: stored)

    await runner._take_or_stop(partition_of("t-1"), await repeating.entries())

    assert runner.stopped == {}
    assert await world.seen() == [("t-1", 1), ("t-1", 2)]
    assert world.figures.noted[-2:] == [("taken in", "ledger", (2, 0)), ("taken in", "ledger", (0, 1))]


async def test_another_event_under_a_seen_number_stops_the_partition(world: World) -> None:
    await world.happen("t-1", count=2)
    await world.publish()
    runner = world.runner()
    await drain(runner)
    forged = _Repeating(world, lambda stored: replace(stored, digest=bytes(32)))

    await runner._take_or_stop(partition_of("t-1"), await forged.entries())

    assert "not the one that had this number first" in str(runner.stopped[partition_of("t-1")])
    assert world.figures.noted[-1] == ("stopped", "ledger", "NumbersBroken")


async def test_a_checkpoint_of_another_log_is_refused(world: World, database: str) -> None:
    await world.happen("t-1")
    await world.publish()
    await drain(world.runner())
    await tamper(database, "update log.identity set log_id = gen_random_uuid()")
    world.log._log_id = None

    with pytest.raises(ForeignLog, match="this is log"):
        await world.runner(holder="here").turn()


async def test_progress_is_told_after_each_commit(world: World) -> None:
    await world.happen("t-1", count=2)
    await world.publish()
    await drain(world.runner())

    consumer, checkpoint = world.progressed[-1]
    assert consumer == "ledger"
    assert checkpoint.seen == {"intake": 2}


class _Trimmed(PostgresLog):
    """One partition has lost what the reader asks for, as in Kafka a topic with retention may."""

    def __init__(self, pool: asyncpg.Pool, partition: int) -> None:
        super().__init__(pool)
        self._partition = partition

    async def read(self, offsets: Mapping[int, int], limit: int) -> dict[int, list[Entry]]:
        if self._partition in offsets:
            raise PartitionBroken(self._partition, "history is missing")
        return await super().read(offsets, limit)


class _Repeating:
    """Delivers the first entry of a partition again, as a relay that died would on a log that keeps repetitions."""

    def __init__(self, world: World, change: Callable[[Stored], Stored]) -> None:
        self._world = world
        self._change = change

    async def entries(self) -> list[Entry]:
        partition = partition_of("t-1")
        (first, last) = (await self._world.log.read({partition: 0}, 10))[partition]
        return [replace(first, offset=last.offset + 1, stored=self._change(first.stored))]
