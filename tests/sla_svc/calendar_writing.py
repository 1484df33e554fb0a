"""Calendars and moments as tests write them."""

from datetime import date, datetime
from typing import Any, Final

from sla_svc.adapters.calendars import compiled
from sla_svc.domain.calendars.calendar import Calendar
from sla_svc.domain.calendars.document import CalendarDocument

HOUR: Final = 3600
DAY: Final = 24 * HOUR
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKDAY: Final = ["09:00-12:00", "13:30-18:00"]
WEEK: Final = dict.fromkeys(WEEKDAYS[:5], WORKDAY)


def every_day(*windows: str) -> dict[str, list[str]]:
    """A week of days that are all alike."""
    return {day: list(windows) for day in WEEKDAYS}


def document(**written: Any) -> CalendarDocument:
    """A centre in Shanghai with two windows a day, but for what is written."""
    if "ship" in written:
        return CalendarDocument.model_validate(written)
    return CalendarDocument.model_validate({"timezone": "Asia/Shanghai", "week": WEEK, **written})


def calendar(**written: Any) -> Calendar:
    """The calendar of such a document."""
    return compiled("centre", document(**written))


def at(written: str) -> int:
    """An instant, in RFC 3339 with offset."""
    moment = datetime.fromisoformat(written)
    assert moment.tzinfo is not None, written
    return int(moment.timestamp())


def open_days(centre: Calendar, *days: str) -> list[bool]:
    """Whether there is any open time on each date, in Shanghai."""
    midnights = [at(f"{date.fromisoformat(day)}T00:00+08:00") for day in days]
    return [centre.elapsed(midnight, midnight + DAY) > 0 for midnight in midnights]
