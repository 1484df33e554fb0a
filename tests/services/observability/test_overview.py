"""What somebody should look at is said in sentences, the worst first; and what is well is not talked about."""

from dataclasses import replace

import pytest

from services.observability.overview import (
    ConsumerRow,
    Overview,
    RelayRow,
    Severity,
    Trouble,
    duration,
    overview,
    troubles_of,
)
from services.observability.probing import Answer
from services.observability.timers import TimersStanding
from services.worker import working
from tests.services.stands import Stand, until

NO_TIMERS = TimersStanding()


def relay(*, lag_events: int = 0, lag_seconds: float = 0.0, relayed: bool = True) -> RelayRow:
    return RelayRow(source="intake", stored_events=100, lag_events=lag_events, lag_seconds=lag_seconds, relayed=relayed)


def consumer(
    *, lag_events: int = 0, lag_seconds: float = 0.0, behind: tuple[int, ...] = (), held: int = 12, parked: int = 0
) -> ConsumerRow:
    return ConsumerRow(
        consumer="ledger",
        lag_events=lag_events,
        lag_seconds=lag_seconds,
        partitions_behind=behind,
        partitions_held=held,
        workers=1 if held else 0,
        parked_subjects=parked,
        parked_events=3 * parked,
    )


def said(troubles: list[Trouble]) -> list[str]:
    return [f"{trouble.severity}: {trouble.said}" for trouble in troubles]


def test_while_all_is_well_nothing_is_said() -> None:
    ready = Answer(address="http://127.0.0.1:8000", answers=True, ready=True)
    soon = TimersStanding(waiting=9, late_seconds=0.5)
    some = [relay(lag_events=3, lag_seconds=0.1)], [consumer(lag_events=9, lag_seconds=0.3)]
    assert troubles_of([ready], *some, soon) == []


def test_where_nothing_runs_and_nothing_waits_nothing_has_to_run() -> None:
    nobody = Answer(address="http://127.0.0.1:8000", answers=False)
    assert troubles_of([nobody], [relay(relayed=False)], [consumer(held=0)], NO_TIMERS) == []


def test_where_nothing_runs_and_events_wait_one_sentence_says_so() -> None:
    idle = [relay(relayed=False, lag_events=1200)], [consumer(held=0, lag_events=1300)]
    (trouble,) = troubles_of([], *idle, NO_TIMERS)
    assert trouble.said == "Nobody relays or consumes, and 1,300 events wait."
    assert "zixun work" in trouble.remedy


def test_whoever_is_missing_is_named() -> None:
    troubles = troubles_of([], [relay(relayed=False), relay()], [consumer(held=9)], NO_TIMERS)
    assert said(troubles) == ["now: Nobody relays intake.", "now: 3 of 12 partitions of ledger are nobody's."]


def test_what_waits_for_long_is_said_with_how_long_and_where() -> None:
    troubles = troubles_of(
        [],
        [relay(lag_events=1500, lag_seconds=31.0)],
        [consumer(lag_events=20, lag_seconds=240.0, behind=(3, 7))],
        NO_TIMERS,
    )
    assert said(troubles) == [
        "now: 1,500 events of intake wait for the log, the oldest for 31 s.",
        "now: ledger is 20 events behind, the oldest for 4 min, in partitions 3, 7.",
    ]


def test_that_sla_fires_late_is_said_while_somebody_works_for_it() -> None:
    late = TimersStanding(waiting=3, late_seconds=180.0)
    works = replace(consumer(), consumer="sla")
    troubles = troubles_of([], [relay()], [works], late)
    assert said(troubles) == ["now: SLA is late: the first of its timers was due 3 min ago."]
    nobody = replace(works, workers=0)
    assert troubles_of([], [relay()], [nobody], late) == []


def test_what_can_wait_comes_last() -> None:
    unready = Answer(
        address="http://127.0.0.1:8000", answers=True, problems=["relay intake: expected it runs, found x"]
    )
    troubles = troubles_of([unready], [relay()], [consumer(parked=2)], NO_TIMERS)
    assert said(troubles) == [
        "now: http://127.0.0.1:8000 is not ready. relay intake: expected it runs, found x",
        "soon: ledger could not take in 2 tickets (6 events).",
    ]
    assert [trouble.severity for trouble in troubles] == [Severity.NOW, Severity.SOON]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172_800, "2 days"), (864_000, "10 days")],
)
def test_a_wait_is_said_as_people_say_it(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


async def test_a_real_system_at_work_is_well_and_one_that_stands_still_says_what_waits(stand: Stand) -> None:
    async def looked_at() -> Overview:
        return await overview(stand.zixun.pool, stand.zixun.clock, [])

    await stand.receive(2)
    (trouble,) = (await looked_at()).troubles
    assert trouble.said == "Nobody relays or consumes, and 4 events wait."

    async def all_is_well() -> bool:
        found = await looked_at()
        return not found.troubles and not any(row.lag_events for row in found.consumers)

    async with working(stand.zixun):
        await until(all_is_well)
