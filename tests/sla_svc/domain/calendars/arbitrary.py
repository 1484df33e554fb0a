"""Calendars that somebody could write, in zones whose clocks do strange things, and moments near these."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from tests.sla_svc.calendar_writing import WEEKDAYS

PLACES: Final = (
    ("Asia/Shanghai", date(2026, 10, 9)),
    ("Asia/Shanghai", date(1986, 5, 4)),  # China put its clocks forward
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # by half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),  # a date that never was
    ("America/Sao_Paulo", date(2018, 2, 17)),  # the last hour of a date came twice
    ("America/Sao_Paulo", date(2018, 11, 4)),  # the first hour of a date never came
    ("America/St_Johns", date(2006, 10, 29)),  # at a minute past midnight the clock went back to yesterday
    ("Africa/Casablanca", date(2026, 2, 15)),  # summer time ends for Ramadan
    ("Antarctica/Troll", date(2026, 3, 29)),  # by two hours
)
DAY_MINUTES: Final = 24 * 60
SLOT_MINUTES: Final = 5
DAY_SLOTS: Final = DAY_MINUTES // SLOT_MINUTES
MORNING: Final = 5 * 60 // SLOT_MINUTES


@st.composite
def documents(draw: st.DrawFn) -> tuple[dict[str, Any], date]:
    """A document as it is written, and a date on which the clock of its zone may do something strange."""
    zone, around = draw(st.sampled_from(PLACES))
    nights = draw(st.booleans())
    week = {day: draw(_windows(nights)) for day in WEEKDAYS}
    days = draw(st.lists(st.integers(-3, 3), unique=True, max_size=4))
    special: dict[str, Any] = {"holidays": {}, "partial_days": {}, "extra_days": {}}
    for number in days:
        day = (around + timedelta(days=number)).isoformat()
        place = draw(st.sampled_from(sorted(special)))
        special[place][day] = f"day {number}" if place == "holidays" else draw(_windows(nights, fewest=1))
    return {"timezone": zone, "week": week, **special}, around


@st.composite
def moments(draw: st.DrawFn, around: date, days: int) -> int:
    """An instant within so many days of a date, mostly on the minute."""
    midnight = int(datetime(around.year, around.month, around.day, tzinfo=UTC).timestamp())
    minutes = draw(st.integers(-days * DAY_MINUTES, days * DAY_MINUTES))
    return midnight + 60 * minutes + draw(st.one_of(st.just(0), st.integers(0, 59)))


@st.composite
def _windows(draw: st.DrawFn, nights: bool, fewest: int = 0) -> Sequence[str]:
    """The windows of one day; in a week of nights the last may end before five, and no other begins before."""
    many = draw(st.integers(fewest, 3))
    slots = st.integers(MORNING if nights else 0, DAY_SLOTS)
    edges = sorted(draw(st.lists(slots, min_size=2 * many, max_size=2 * many, unique=True)))
    if nights and edges and draw(st.booleans()):
        edges[-1] = draw(st.integers(0, MORNING))
    return [f"{_clock(opens)}-{_clock(closes)}" for opens, closes in zip(edges[::2], edges[1::2], strict=True)]


def _clock(slot: int) -> str:
    return f"{slot * SLOT_MINUTES // 60:02}:{slot * SLOT_MINUTES % 60:02}"
