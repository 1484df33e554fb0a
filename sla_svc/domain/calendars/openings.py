"""The windows of dates as instants, each with the reason why it is open."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, tzinfo
from enum import StrEnum
from typing import Final, NamedTuple

from sla_svc.domain.calendars.document import CalendarDocument
from sla_svc.domain.calendars.hours import Hours
from sla_svc.domain.calendars.names import DayName
from sla_svc.domain.calendars.wall_clock import closing_at, opening_at, steady_midnights


class Cause(StrEnum):
    """Why a stretch of time counts or does not."""

    WINDOW = "window"
    PARTIAL_DAY = "partial_day"
    EXTRA_DAY = "extra_day"
    OUTSIDE_HOURS = "outside_hours"
    HOLIDAY = "holiday"


_WORDS: Final = {
    Cause.WINDOW: DayName(zh="工作时间", en="open"),
    Cause.OUTSIDE_HOURS: DayName(zh="非工作时间", en="outside hours"),
}


@dataclass(frozen=True, slots=True)
class Why:
    """The reason for a stretch: its cause, the window as it is written where it is open, and the name of the day."""

    cause: Cause
    window: str = ""
    zh: str = ""
    en: str = ""

    def text(self, language: str) -> str:
        """In Chinese (`zh`) or English (`en`)."""
        name = self.zh if language == "zh" else self.en
        if not name:
            word = _WORDS[self.cause]
            name = word.zh if language == "zh" else word.en
        return f"{name} {self.window}" if self.window else name


class Opening(NamedTuple):
    """Open from `start` to before `end`, in a window that begins on the date."""

    start: int
    end: int
    day: date
    hours: Hours


def openings(document: CalendarDocument, zone: tzinfo, days: tuple[date, date]) -> Iterator[Opening]:
    """All that begin on the dates, in order and apart: an hour that comes twice is not counted twice."""
    earlier_end: int | None = None
    for day, midnight in steady_midnights(zone, *days):
        for hours in document.windows_of(day):
            if midnight is None:
                start, end = opening_at(zone, day, hours.opens), closing_at(zone, day, hours.closes)
            else:
                start, end = midnight + hours.opens, midnight + hours.closes
            if earlier_end is not None and start < earlier_end:
                start = earlier_end
            if start < end:
                yield Opening(start, end, day, hours)
                earlier_end = end


def open_on(document: CalendarDocument, day: date, hours: Hours) -> Why:
    """Why a window of that date is open."""
    if day in document.partial_days:
        return _named(Cause.PARTIAL_DAY, document, day, str(hours))
    if day in document.extra_days:
        return _named(Cause.EXTRA_DAY, document, day, str(hours))
    return Why(Cause.WINDOW, str(hours))


def closed_on(document: CalendarDocument, day: date) -> Why:
    """Why the rest of that date is not open."""
    if day in document.holidays:
        return _named(Cause.HOLIDAY, document, day)
    return Why(Cause.OUTSIDE_HOURS)


def _named(cause: Cause, document: CalendarDocument, day: date, window: str = "") -> Why:
    name = document.name_of(day)
    return Why(cause, window, name.zh, name.en)
