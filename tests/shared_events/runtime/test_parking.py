"""A bad event is set aside with all later ones of its subject, and a retry takes them in; a bad release stops (D9)."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from shared_events.runtime.runner import PARKED_SUBJECTS_MAX
from shared_events.store.partition import partition_of
from tests.shared_events.runtime.world import SeenView, World, drain, same_partition, tamper


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


async def test_two_retries_at_once_take_everything_in_once(world: World) -> None:
    await world.happen("t-1", count=5)
    await world.publish()
    world.view.broken = {"t-1"}
    await drain(world.runner())
    world.view.broken = set()

    taken = await asyncio.gather(world.runner().retry("t-1"), world.runner().retry("t-1"))

    assert sum(taken) == 5
    assert await world.seen() == [("t-1", version) for version in range(1, 6)]


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
    await tamper(database, "update log.log_entry set type = 'NeverHeardOf' where subject = 't-1'")

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


async def test_what_was_retried_does_not_count_towards_a_broken_release(world: World) -> None:
    subjects = same_partition(PARKED_SUBJECTS_MAX + 5)
    runner = world.runner()
    for subject in subjects:
        await world.happen(subject)
        await world.publish()
        world.view.broken = {subject}
        await drain(runner)
        world.view.broken = set()
        assert await runner.retry(subject) == 1

    assert runner.stopped == {}
    assert len(await world.seen()) == len(subjects)


def _always(subjects: set[str]) -> Callable[[], Awaitable[set[str]]]:
    async def parked_subjects() -> set[str]:
        return subjects

    return parked_subjects
