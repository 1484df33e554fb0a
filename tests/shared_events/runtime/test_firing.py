"""What falls due is fired once, in order, by whoever holds the partition; a failing one stops no other (D11)."""

from dataclasses import replace

import asyncpg
import pytest
from structlog.testing import capture_logs

from shared_events.runtime import firing
from shared_events.runtime.firing import ASIDE_SECONDS, FAILING_SUBJECTS_MAX, MOVED_SECONDS
from shared_events.store.appends import Append
from shared_events.store.partition import partition_of
from tests.shared_events.runtime.alarms import MINUTE, Alarms, open_alarms, pass_time
from tests.shared_events.runtime.world import World, drain, same_partition
from tests.shared_events.store.drafts import drafts


async def test_a_timer_fires_once(world: World, alarms: Alarms) -> None:
    await open_alarms(world, world.keeper(alarms), "t-1")
    await pass_time(world, MINUTE + 1)

    for _ in range(2):
        await drain(world.keeper(alarms))

    assert await alarms.rung() == ["t-1"]
    assert [event.type for event in (await world.routing.load("t-1")).events] == ["TicketClosed"]


async def test_a_timer_that_was_taken_back_does_not_fire(world: World, alarms: Alarms) -> None:
    keeper = world.keeper(alarms)
    await open_alarms(world, keeper, "t-1")
    await world.happen("t-1", kind="withdrawn")
    await world.publish()
    await drain(keeper)
    await pass_time(world, MINUTE + 1)

    await drain(keeper)
    await drain(keeper)

    assert await alarms.rung() == []
    assert alarms.asked == 1  # once it woke for nothing; then it knew better


async def test_a_timer_that_turns_out_to_be_void_changes_nothing_and_is_not_asked_for_again(
    world: World, alarms: Alarms
) -> None:
    keeper = world.keeper(alarms)
    await open_alarms(world, keeper, "t-1")
    alarms.void.add("t-1")
    await pass_time(world, MINUTE + 1)

    await drain(keeper)

    assert await alarms.rung() == []
    assert (await world.routing.load("t-1")).version == 0
    assert await alarms.next_due(range(12), ()) == {}


async def test_each_of_two_workers_fires_what_it_holds(world: World, alarms: Alarms) -> None:
    first, second = world.keeper(alarms, holder="first"), world.keeper(alarms, holder="second")
    for runner in (first, second, first, second):
        await drain(runner)
        world.clock.advance(1)
    subjects = [f"t-{number}" for number in range(20)]
    for subject in subjects:
        await world.happen(subject)
    await pass_time(world, 0)
    await drain(first)
    await drain(second)
    await pass_time(world, MINUTE + 1)

    await first.turn()
    by_first = await alarms.rung()
    await drain(second)
    await drain(first)

    assert 0 < len(by_first) < len(subjects)
    assert sorted(await alarms.rung()) == sorted(subjects)


async def test_a_zombie_fires_nothing(world: World, alarms: Alarms) -> None:
    zombie = world.keeper(alarms)
    await open_alarms(world, zombie, "t-1", "t-2")
    await pass_time(world, MINUTE + 1)
    await world.pool.execute("update routing.checkpoint set epoch = epoch + 1")

    await zombie.turn()

    assert await alarms.rung() == []
    assert (await world.routing.load("t-1")).version == 0
    await world.pool.execute("update routing.checkpoint set epoch = epoch - 1")
    await drain(world.keeper(alarms))
    assert sorted(await alarms.rung()) == ["t-1", "t-2"]


async def test_after_an_outage_everything_fires_in_the_order_in_which_it_fell_due(
    world: World, alarms: Alarms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firing, "FIRE_MAX", 3)
    subjects = [f"t-{number}" for number in (7, 3, 11, 1, 9, 4, 2, 8, 10, 5)]
    for subject in subjects:
        await world.happen(subject)
        world.clock.advance(1)
    await world.publish()
    world.clock.advance(3600)
    await world.publish()

    await drain(world.keeper(alarms))

    assert await alarms.rung() == subjects


async def test_one_whose_timer_fails_does_not_stop_the_others_and_is_tried_again_later(
    world: World, alarms: Alarms
) -> None:
    keeper = world.keeper(alarms)
    first, bad, last = same_partition(3)
    await open_alarms(world, keeper, first, bad, last)
    alarms.broken[bad] = ValueError("broken row")
    await pass_time(world, MINUTE + 1)

    with capture_logs() as logs:
        await drain(keeper)

    assert await alarms.rung() == [first, last]
    failed = [line for line in logs if line["log_level"] == "error"]
    assert [(line["event"], line["subject"], line["reason"]) for line in failed] == [
        ("timer failed", bad, "ValueError: broken row")
    ]
    alarms.broken.clear()
    await drain(keeper)
    assert await alarms.rung() == [first, last]
    await pass_time(world, ASIDE_SECONDS)
    await drain(keeper)
    assert await alarms.rung() == [first, last, bad]


async def test_a_partition_in_which_too_many_fail_stops_and_no_other(world: World, alarms: Alarms) -> None:
    keeper = world.keeper(alarms)
    bad = same_partition(FAILING_SUBJECTS_MAX + 2)
    good = next(f"t-{n}" for n in range(99) if partition_of(f"t-{n}") != partition_of(bad[0]))
    await open_alarms(world, keeper, *bad, good)
    alarms.broken = dict.fromkeys(bad, ValueError("broken release"))
    await pass_time(world, MINUTE + 1)

    await drain(keeper)

    assert await alarms.rung() == [good]
    stopped = f"the timers of {FAILING_SUBJECTS_MAX + 1} subjects of partition {partition_of(bad[0])} fail"
    assert {each: str(error)[: len(stopped)] for each, error in keeper.stopped.items()} == {
        partition_of(bad[0]): stopped
    }


async def test_a_failure_of_the_database_is_nobodys_fault(world: World, alarms: Alarms) -> None:
    keeper = world.keeper(alarms)
    await open_alarms(world, keeper, "t-1")
    alarms.broken["t-1"] = asyncpg.ConnectionDoesNotExistError("gone")
    await pass_time(world, MINUTE + 1)

    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await drain(keeper)

    alarms.broken.clear()
    await drain(keeper)
    assert await alarms.rung() == ["t-1"]


async def test_the_timers_of_parked_subjects_wait(world: World, alarms: Alarms) -> None:
    keeper = world.keeper(alarms)
    await open_alarms(world, keeper, "t-1", "t-2")
    alarms.broken["t-1"] = ValueError("cannot decide")
    await world.happen("t-1")
    await world.publish()
    await drain(keeper)
    alarms.broken.clear()
    await pass_time(world, MINUTE + 1)
    await drain(keeper)
    assert await alarms.rung() == ["t-2"]

    assert await keeper.retry("t-1") == 1
    await drain(keeper)

    assert await alarms.rung() == ["t-2", "t-1"]


async def test_where_the_stream_has_moved_on_the_same_is_decided_again(world: World, alarms: Alarms) -> None:
    keeper = world.keeper(alarms)
    await open_alarms(world, keeper, "t-1", "t-2")
    await pass_time(world, MINUTE + 1)
    alarms.others = [_routed(1)]

    await drain(keeper)

    assert sorted(await alarms.rung()) == ["t-1", "t-2"]
    assert [event.type for event in (await world.routing.load("t-1")).events] == ["TicketRouted", "TicketClosed"]


async def test_one_whose_stream_moves_on_again_and_again_does_not_stop_the_others(world: World, alarms: Alarms) -> None:
    keeper = world.keeper(alarms)
    await open_alarms(world, keeper, "t-1", "t-2")
    await pass_time(world, MINUTE + 1)
    alarms.others = [_routed(1), _routed(2)]

    await drain(keeper)
    assert await alarms.rung() == ["t-2"]
    await pass_time(world, MOVED_SECONDS)
    await drain(keeper)

    assert await alarms.rung() == ["t-2", "t-1"]


def _routed(version: int) -> Append:
    """What somebody else appends, of a kind that the process does not read."""
    return Append("t-1", version - 1, [replace(drafts("t-1", version, 1)[0], type="TicketRouted")])
