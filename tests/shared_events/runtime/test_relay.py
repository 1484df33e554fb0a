"""The relay brings every event to the log once in effect, in order, and stops where the two contradict each other."""

import asyncio
from dataclasses import replace
from datetime import datetime

import asyncpg
import pytest

from shared_events.runtime.lease import LEASE_SECONDS
from shared_events.runtime.relay import HEARTBEAT_SECONDS, LogAhead, LogLost
from shared_events.store.partition import partition_of
from shared_events.store.postgres import EventStore
from tests.shared_events.runtime.world import World, tamper


async def published(world: World) -> list[tuple[str, int]]:
    entries = await world.log.read(dict.fromkeys(range(12), 0), 1000)
    return sorted((entry.stored.subject, entry.stored.version) for batch in entries.values() for entry in batch)


async def test_everything_appended_is_published_in_order(world: World) -> None:
    await world.happen("t-1", count=3)
    await world.happen("t-2", count=2)

    assert await world.relay(world.intake).turn()

    assert await published(world) == [("t-1", 1), ("t-1", 2), ("t-1", 3), ("t-2", 1), ("t-2", 2)]


async def test_a_relay_that_has_nothing_to_do_says_so(world: World) -> None:
    assert not await world.relay(world.intake).turn()


async def test_a_relay_that_died_before_it_noted_its_position_repeats_without_effect(world: World) -> None:
    await world.happen("t-1", count=3)
    await world.relay(world.intake).turn()
    await world.pool.execute("update intake.relay_position set sequence = 0")
    await world.happen("t-1")

    await world.relay(world.intake).turn()

    assert await published(world) == [("t-1", 1), ("t-1", 2), ("t-1", 3), ("t-1", 4)]


async def test_only_the_holder_of_the_lease_relays(world: World) -> None:
    assert not await world.relay(world.intake, "first").turn()
    await world.happen("t-1")

    assert not await world.relay(world.intake, "second").turn()
    assert await published(world) == []


async def test_a_lease_that_was_given_back_is_taken_at_once(world: World) -> None:
    first = world.relay(world.intake, "first")
    await first.turn()
    await first.stop()
    await world.happen("t-1")

    assert await world.relay(world.intake, "second").turn()


async def test_the_lease_of_a_process_that_died_is_taken_at_once(world: World, database: str) -> None:
    await world.relay(world.intake, "dead").turn()
    owner = await asyncpg.connect(database)
    await owner.execute("select pg_terminate_backend($1, 5000)", await world.presences["dead"].session())
    await owner.close()
    await world.happen("t-1")

    assert await world.relay(world.intake, "heir").turn()
    assert await published(world) == [("t-1", 1)]


async def test_a_relay_that_wakes_after_its_lease_was_taken_stays_quiet(world: World) -> None:
    sleeper = world.relay(world.intake, "sleeper")
    await sleeper.turn()
    await world.pool.execute("update intake.lease set expires_at = now() - interval '1 second'")
    await world.relay(world.intake, "other").turn()
    world.clock.advance(LEASE_SECONDS)
    await world.happen("t-1")

    assert not await sleeper.turn()
    assert await published(world) == []


async def test_a_store_behind_its_log_is_not_relayed(world: World) -> None:
    await world.happen("t-1", count=2)
    await world.relay(world.intake).turn()
    await world.pool.execute("update intake.head set sequence = 0")

    with pytest.raises(LogAhead, match="restored from a backup"):
        await world.relay(world.intake, "here").turn()


async def test_a_store_that_was_restored_and_used_since_is_not_relayed(world: World) -> None:
    """It is not behind any more; without a look at the events themselves, those with used numbers would be lost."""
    await world.happen("t-1", count=2)
    first, _ = await world.intake.read({partition_of("t-1"): 0}, 10)
    await world.log.publish("intake", [replace(first, digest=bytes(32))])

    with pytest.raises(LogAhead, match="used since"):
        await world.relay(world.intake).turn()

    assert await published(world) == [("t-1", 1)]


async def test_a_log_that_has_lost_what_was_relayed_is_not_relayed_to(world: World, database: str) -> None:
    """Even if there is nothing new to relay, which would not fit."""
    await world.happen("t-1", count=3)
    await world.relay(world.intake).turn()
    await tamper(database, "delete from log.log_entry where sequence > 1; update log.source_head set sequence = 1")

    with pytest.raises(LogLost, match=r"the log ends at 1, .* so the log has lost events"):
        await world.relay(world.intake).turn()


async def test_an_append_of_this_process_wakes_the_relay(world: World) -> None:
    relay = world.relay(world.intake)
    running = asyncio.create_task(relay.run())
    try:
        await world.happen("t-1")
        await asyncio.wait_for(_until_published(world, 1), 10)
    finally:
        running.cancel()


async def test_heartbeats_tell_up_to_when_everything_is_in_the_log(world: World) -> None:
    relay = world.relay(world.intake)
    await relay.turn()
    await world.happen("t-1")
    world.clock.advance(HEARTBEAT_SECONDS)
    await relay.turn()

    beats = await world.log.heartbeats()

    assert {beat.partition for beat in beats} == set(range(12))
    assert all(beat.relayed_through < world.clock.moment for beat in beats)
    assert sum(beat.next_offset for beat in beats) == 1


async def _until_published(world: World, count: int) -> None:
    while len(await published(world)) < count:
        await world.log.wait(dict.fromkeys(range(12), 0), 1)


async def test_heartbeats_go_on_where_something_is_written_all_the_time(world: World) -> None:
    class NeverAtRest(EventStore):
        """Somebody appends whenever the relay has just looked."""

        async def close_time(self, moment: datetime) -> dict[int, int]:
            await world.happen("t-1")
            return await super().close_time(moment)

    relay = world.relay(NeverAtRest("intake", world.pool, world.clock))
    for _ in range(2):
        await relay.turn()

    assert {beat.partition for beat in await world.log.heartbeats()} == set(range(12))


async def test_a_beat_comes_after_each_full_second(world: World) -> None:
    relay = world.relay(world.intake)
    through: list[datetime] = []
    for seconds in (0.9, 0.05, 0.05, 0.1, 0.8, 0.2):
        world.clock.advance(seconds)
        await relay.turn()
        through.append(max(beat.relayed_through for beat in await world.log.heartbeats()))

    assert [(moment - through[0]).total_seconds() for moment in through] == [0, 0, 0, 0.2, 0.2, 1.2]
