"""China's holidays and make-up workdays (调休) from the package `holidays`, as explicit dates with their names.

The State Council publishes each autumn which days of the next year are off and which Saturdays and Sundays are worked
instead. For years that are not published yet the holidays are computed, and there are no make-up workdays:
`known_until` tells them apart.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

import holidays
from holidays.version import __version__ as installed_version

from sla_svc.domain.calendars.names import DayName
from sla_svc.domain.calendars.special_days import WEEKDAYS, SpecialDay

CHINA_FIRST_YEAR: Final = 2001
"""The first year with make-up workdays in the package."""
CHINA_LAST_YEAR: Final = 2040
"""The last year whose holidays are written into the shipped calendar; later ones have weekends only."""

HOLIDAYS_VERSION: Final = installed_version
"""The release of the package; recorded with the dates that came from it."""

_WORKED_INSTEAD: Final = re.compile(r"substituted from (?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d{4})")


@dataclass(frozen=True, slots=True)
class ChinaDays:
    """What differs from an ordinary week, and the last date for which that is published."""

    holidays: Mapping[date, DayName]
    make_up_days: Mapping[date, SpecialDay]
    known_until: date


@cache
def china_days() -> ChinaDays:
    """All years from `CHINA_FIRST_YEAR` to `CHINA_LAST_YEAR`."""
    years = range(CHINA_FIRST_YEAR, CHINA_LAST_YEAR + 1)
    chinese = holidays.country_holidays("CN", years=years, language="zh_CN")
    english = holidays.country_holidays("CN", years=years, language="en_US")
    names = {day: DayName(zh=chinese[day], en=english[day]) for day in sorted(chinese)}
    worked = sorted(day for day in chinese.weekend_workdays if CHINA_FIRST_YEAR <= day.year <= CHINA_LAST_YEAR)
    instead = _instead(names)
    return ChinaDays(names, {day: _make_up_day(instead[day]) for day in worked}, _last_published(worked))


def _instead(names: Mapping[date, DayName]) -> dict[date, date]:
    """The day off for each make-up workday; the package has it in the name of the day off alone."""
    found: dict[date, date] = {}
    for off, name in names.items():
        for written in _WORKED_INSTEAD.finditer(name.en):
            found[date(int(written["year"]), int(written["month"]), int(written["day"]))] = off
    return found


def _make_up_day(off: date) -> SpecialDay:
    """It has the hours of the weekday that is off for it, whatever these are in a centre's own week."""
    name = DayName(zh=f"调休上班（补 {off}）", en=f"Make-up workday (for {off})")
    return SpecialDay(like=WEEKDAYS[off.weekday()], name=name)


def _last_published(worked: Sequence[date]) -> date:
    """The end of the last year that has make-up workdays; no year since 2001 was published without any."""
    return date(worked[-1].year, 12, 31)
