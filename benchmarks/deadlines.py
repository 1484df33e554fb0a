"""Deadlines in the business calendar of a Chinese centre: spans of days, of years, and against `pandas`.

Of the packages that add business hours to a moment, pandas' `CustomBusinessHour` is the closest that is maintained: it
has several windows a day and holidays, but whole hours only and neither make-up workdays nor daylight saving. So the
two are compared on a calendar without these, and have to agree. (`businesstimedelta`, whose durations are like ours,
was last released in 2019 and fails after its last holiday; `workalendar` and `bizdays` know whole days only.)
"""

import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from benchmarks.measuring import Bound, Measure, Result, Skipped, alternate
from benchmarks.setting import Setting
from sla_svc.adapters.calendars import CHINA, compiled
from sla_svc.domain.calendars.calendar import Calendar
from sla_svc.domain.calendars.document import CalendarDocument

HOUR: Final = 3_600
DAYS: Final = 20 * HOUR
"""Three working days, almost."""
YEARS: Final = 9 * 1_800 * HOUR
"""Nine years of working days, almost."""
PER_SECOND: Final = Bound("value", ">=", 200_000)
PEER_GOAL: Final = Bound("ratio", ">=", 20)
YEARS_GOAL: Final = Bound("ratio", ">=", 0.5)
FIRST: Final = int(datetime(2026, 1, 5, 1, 7, tzinfo=UTC).timestamp())
MONDAY: Final = date(2026, 1, 5)
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


async def measure(setting: Setting) -> AsyncIterator[Result]:
    """Days against years, then against the peer."""
    count, count_peer = setting.either(100_000, 2_000), setting.either(300, 10)
    china = compiled(CHINA, CalendarDocument(ship=CHINA))
    years, days = await alternate(_ours(china, YEARS, count), _ours(china, DAYS, count), setting.rounds)
    yield Result(name="deadline, spans of days", unit="deadlines/s", ours=days, goal=[PER_SECOND])
    yield Result(
        name="deadline, spans of nine years against days",
        unit="deadlines/s",
        ours=years,
        peer=days,
        goal=[YEARS_GOAL],
    )
    plain = _plain(china)
    mine, peer = await alternate(_ours(plain, DAYS, count), _theirs(plain, count_peer), setting.rounds)
    yield Result(
        name="deadline, spans of days, pandas",
        unit="deadlines/s",
        ours=mine,
        peer=peer,
        goal=[PEER_GOAL],
        note="the peer counts whole hours, without make-up workdays and daylight saving",
    )


def _ours(calendar: Calendar, seconds: int, count: int) -> Measure:
    starts = _starts(count)
    calendar.elapsed(starts[0], starts[-1])
    calendar.deadline(starts[-1], seconds)  # from here on no year is to be computed

    async def per_second() -> float:
        began = time.perf_counter()
        for start in starts:
            calendar.deadline(start, seconds)
        return count / (time.perf_counter() - began)

    return per_second


def _theirs(plain: Calendar, count: int) -> Measure:
    try:
        import pandas as pd  # type: ignore[import-untyped] # it is installed only to measure
    except ModuleNotFoundError as missing:
        raise Skipped(f"{missing.name} is not installed; `make bench` installs it") from None
    windows = [str(window).split("-") for window in plain.document.windows_of(MONDAY)]
    hours = pd.offsets.CustomBusinessHour(
        DAYS // HOUR,
        start=[opens for opens, _ in windows],
        end=[closes for _, closes in windows],
        holidays=sorted(plain.document.holidays),
    )
    starts = [pd.Timestamp(start, unit="s", tz=SHANGHAI).tz_localize(None) for start in _starts(count)]
    for start, moment in zip(_starts(count), starts, strict=True):
        found, expected = (moment + hours).tz_localize(SHANGHAI).timestamp(), plain.deadline(start, DAYS)
        assert found == expected, f"expected {expected} after {moment}, found that pandas has {found}"

    async def per_second() -> float:
        began = time.perf_counter()
        for start in starts:
            start + hours
        return count / (time.perf_counter() - began)

    return per_second


def _plain(calendar: Calendar) -> Calendar:
    """Without what the peer does not know."""
    return compiled("plain", calendar.document.model_copy(update={"extra_days": {}}))


def _starts(count: int) -> Sequence[int]:
    """Spread over two years, at any time of the day; none at which a deadline would be at closing time."""
    return [FIRST + number * 2 * 365 * 86_400 // count // 600 * 600 for number in range(count)]
