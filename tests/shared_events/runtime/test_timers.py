"""What is due waits for what is still on its way, and nothing is asked for before it is due (D11)."""

from datetime import timedelta

import pytest

from shared_events.runtime import runner as runner_module
from shared_events.runtime.ports import Checkpoint
from shared_events.runtime.timers import LOOK_SECONDS, WAIT_SECONDS, Timers
from shared_events.store.partition import partition_of
from tests.shared_events.runtime.alarms import MINUTE, Alarms, open_alarms, pass_time
from tests.shared_events.runtime.world import World, drain, same_partition


async def test_a_timer_waits_until_its_sources_have_told_what_they_recorded_before_it(
    world: World, alarms: Alarms
) -> None:
    """The withdrawal is in the store in time, but the log has it late."""
    keeper = world.keeper(alarms)
    await open_alarms(world, keeper, "t-1", "t-2")
    await world.happen("t-1", kind="withdrawn")
    world.clock.advance(MINUTE + 1)
    await drain(keeper)
    assert await alarms.rung() == []

    await world.publish()
    await drain(keeper)

    assert await alarms.rung() == ["t-2"]


async def test_a_heartbeat_counts_only_when_all_before_it_is_taken_in(
    world: World, alarms: Alarms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "BATCH_MAX", 1)
    keeper = world.keeper(alarms)
    first, second = same_partition(2)
    await open_alarms(world, keeper, first)
    await world.happen(second)
    await world.happen(first, kind="withdrawn")
    await pass_time(world, MINUTE + 1)

    await drain(keeper)

    assert await alarms.rung() == [second]


async def test_a_timer_does_not_wait_for_ever_for_a_source_that_is_silent(world: World, alarms: Alarms) -> None:
    keeper = world.keeper(alarms)
    await open_alarms(world, keeper, "t-1")
    world.clock.advance(MINUTE + 1)
    for _ in range(2):
        await drain(keeper)
        world.clock.advance(WAIT_SECONDS / 2)
    assert await alarms.rung() == []

    await drain(keeper)

    assert await alarms.rung() == ["t-1"]


async def test_a_timer_waits_for_what_is_in_the_log_however_long_it_has_waited(
    world: World, alarms: Alarms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "BATCH_MAX", 1)
    keeper = world.keeper(alarms)
    first, second = same_partition(2)
    await open_alarms(world, keeper, first)
    world.clock.advance(MINUTE + 1)
    await keeper.turn()
    world.clock.advance(WAIT_SECONDS)
    await world.happen(second)
    await world.happen(first, kind="withdrawn")
    await world.publish()
    await world.pool.execute("update log.heartbeat set relayed_through = '2026-03-02 09:00:00Z'")

    await drain(keeper)

    assert await alarms.rung() == []


async def test_nothing_is_asked_for_before_it_is_due(world: World, alarms: Alarms) -> None:
    keeper = world.keeper(alarms)
    await open_alarms(world, keeper, "t-1")
    await pass_time(world, MINUTE - 1)

    await drain(keeper)

    assert await alarms.rung() == []
    assert alarms.asked == 0


async def test_a_worker_rests_until_the_next_moment_and_no_longer(world: World, alarms: Alarms) -> None:
    timers = Timers(alarms, world.log, world.clock)
    at = {0: Checkpoint(0), 1: Checkpoint(1)}
    await timers.follow(at, ())
    assert timers.rest_seconds(0.25) == 0.25

    timers.lower({0: world.clock.now() + timedelta(seconds=0.125), 1: world.clock.now() + timedelta(seconds=60)})
    assert timers.rest_seconds(0.25) == 0.125
    world.clock.advance(1)
    assert timers.rest_seconds(0.25) == LOOK_SECONDS  # until a heartbeat comes

    await timers.follow({1: Checkpoint(1)}, ())
    assert timers.rest_seconds(0.25) == 0.25


async def test_under_steady_beats_a_consumer_that_is_always_a_little_behind_fires_too(
    world: World, alarms: Alarms
) -> None:
    """Each heartbeat stands behind an event that is not taken in yet; it counts when that is."""
    timers = Timers(alarms, world.log, world.clock)
    due_at = world.clock.now()
    partition = partition_of(same_partition(1)[0])
    await timers.follow({partition: Checkpoint(partition)}, ())
    timers.lower({partition: due_at})
    for number, subject in enumerate(same_partition(3)):
        await world.happen(subject)
        await pass_time(world, 1)
        ripe = await timers.ripe({partition: Checkpoint(partition, next_offset=number)}, ())
        assert ripe == ({partition: due_at + timedelta(milliseconds=999)} if number else {})
