"""`Calendar`: the deadline of a duration, the time elapsed, and the stretches that explain it.

A calendar computes its windows year by year as they are asked for, and keeps for each the open seconds before it; so
a span of years is found by the same two bisections as one of days. A year of two windows a day takes 40 kB.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Final, NamedTuple

from sla_svc.domain.calendars.document import CalendarDocument
from sla_svc.domain.calendars.openings import Why, closed_on, open_on, openings
from sla_svc.domain.calendars.special_days import FIRST_YEAR, LAST_YEAR
from sla_svc.domain.calendars.wall_clock import date_at, opening_at

_ONE_DAY: Final = timedelta(days=1)
_TWO_DAYS: Final = timedelta(days=2)


class OutsideRange(ValueError):
    """An instant, or the end of a duration, that no calendar reckons with; the text names the bound."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` to before `end` the calendar is open, or not, and why."""

    start: int
    end: int
    is_open: bool
    why: Why


class _Years(NamedTuple):
    """What is computed so far: the windows from one new year to another, and the open seconds before each of them.

    `opens` begins with `begin`, and `before` with 0 twice, as if of a window without length; `before` ends with the
    sum of all, so that a window's length is the difference of two.
    """

    begin: int
    end: int
    opens: list[int]
    before: list[int]
    first: int
    last: int


_NOTHING: Final = _Years(0, 0, [0], [0, 0], 0, 0)


class Calendar:
    """When a centre is open; instants are whole seconds since 1970 UTC, durations whole seconds.

    Immutable in what it says: what it keeps are results, replaced as a whole, so that threads may share it.
    """

    __slots__ = ("_document", "_years", "_zone", "name", "version")

    def __init__(self, name: str, version: str, document: CalendarDocument, zone: tzinfo) -> None:
        """Of a document that stands alone; `compile_calendar` is what others call."""
        self.name = name
        self.version = version
        self._document = document
        self._zone = zone
        self._years = _NOTHING

    def is_known(self, instant: int) -> bool:
        """Whether the holidays and make-up workdays of that date are published, and not only computed."""
        until = self._document.known_until
        return until is None or date_at(self._zone, instant) <= until

    @property
    def document(self) -> CalendarDocument:
        """What it was compiled from."""
        return self._document

    @property
    def zone(self) -> tzinfo:
        """Whose clocks the windows are written for."""
        return self._zone

    def deadline(self, start: int, seconds: int) -> int | None:
        """The earliest moment at which `elapsed(start, moment) == seconds`; None: never."""
        years = self._years
        begin, end, opens, before, _, _ = years
        if not begin <= start < end:
            return self._deadline_beyond(start, seconds)
        window = bisect_right(opens, start) - 1
        inside = start - opens[window]
        counted = before[window]
        length = before[window + 1] - counted
        wanted = counted + seconds + (inside if inside < length else length)  # noqa: FURB136 - a call costs more than all that is asked
        if seconds <= 0 or wanted > before[-1]:
            return self._deadline_beyond(start, seconds)
        window = bisect_left(before, wanted, window) - 1
        return opens[window] + wanted - before[window]

    def elapsed(self, start: int, end: int) -> int:
        """The open seconds from `start` to before `end`; 0 if `end` is not later."""
        if end <= start:
            return 0
        years = self._covering(start, end)
        return _counted(years, end) - _counted(years, start)

    def stretches(self, start: int, end: int) -> list[Stretch]:
        """Contiguous from `start` to `end`; the open ones add up to `elapsed`. None, if `end` is not later."""
        if end <= start:
            return []
        self._refuse_outside(start, end)
        days = date_at(self._zone, start) - _TWO_DAYS, date_at(self._zone, end) + _ONE_DAY
        joined: list[Stretch] = []
        for stretch in self._pieces(days):
            one = Stretch(max(stretch.start, start), min(stretch.end, end), stretch.is_open, stretch.why)
            if one.end <= one.start:
                continue
            last = joined[-1] if joined else None
            if last is not None and (last.is_open, last.why) == (one.is_open, one.why):
                joined[-1] = Stretch(last.start, one.end, one.is_open, one.why)
            else:
                joined.append(one)
        return joined

    def _pieces(self, days: tuple[date, date]) -> Iterator[Stretch]:
        """Open and closed ones in turn, the closed ones cut at midnight, because each date has its own reason."""
        first, last = days
        opened = deque(openings(self._document, self._zone, days))
        cursor = self._midnight(first)
        for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
            closed, midnight = closed_on(self._document, day), self._midnight(day + _ONE_DAY)
            while opened and opened[0].start < midnight:
                opening = opened.popleft()
                yield Stretch(cursor, opening.start, is_open=False, why=closed)
                why = open_on(self._document, opening.day, opening.hours)
                yield Stretch(opening.start, opening.end, is_open=True, why=why)
                cursor = opening.end
            if cursor < midnight:
                yield Stretch(cursor, midnight, is_open=False, why=closed)
                cursor = midnight

    def _deadline_beyond(self, start: int, seconds: int) -> int | None:
        """The rare cases: nothing to count, no end to it, or years that are not computed yet."""
        if seconds < 0:
            raise ValueError(f"a duration is 0 seconds or more; found {seconds}")
        self._refuse_outside(start, start)
        if seconds == 0:
            return start
        last_year = self._last_open_year()
        if start + seconds > self._new_year(LAST_YEAR + 1):
            self._refuse_if_later(start, seconds)
        years = self._covering(start, start)
        while (wanted := _counted(years, start) + seconds) > years.before[-1]:
            if years.last >= last_year:
                self._refuse_if_later(start, seconds)
                return None
            further = max(1, years.last - years.first)
            years = self._extended(years.first, min(last_year, years.last + further))
        window = bisect_left(years.before, wanted) - 1
        return years.opens[window] + wanted - years.before[window]

    def _last_open_year(self) -> int:
        """After it there is no window: a week without any has only those of its special dates."""
        if any((self._document.week or {}).values()):
            return LAST_YEAR
        return max((day.year for day in self._document.special_dates()), default=FIRST_YEAR)

    def _refuse_if_later(self, start: int, seconds: int) -> None:
        if not any((self._document.week or {}).values()):
            return
        raise OutsideRange(
            f"calendar {self.name!r} reckons to {LAST_YEAR}-12-31; found a deadline of {seconds} open seconds"
            f" from {date_at(self._zone, start)}, which is later"
        )

    def _covering(self, start: int, end: int) -> _Years:
        years = self._years
        if years.begin <= start and end <= years.end and start < years.end:
            return years
        self._refuse_outside(start, end)
        return self._extended(self._year_of(start), min(LAST_YEAR, self._year_of(end)))

    def _extended(self, first: int, last: int) -> _Years:
        """Compute what is missing of these years; there is never a gap between those that are computed."""
        years = self._years
        if years is _NOTHING:
            years = self._computed(first, last)
        if first < years.first:
            years = _joined(self._computed(first, years.first - 1), years)
        if last > years.last:
            years = _joined(years, self._computed(years.last + 1, last))
        self._years = years
        return years

    def _computed(self, first: int, last: int) -> _Years:
        begin, end = self._new_year(first), self._new_year(last + 1)
        opens, before = [begin], [0, 0]
        closed = None
        for opening in openings(self._document, self._zone, (date(first, 1, 1) - _TWO_DAYS, date(last, 12, 31))):
            start, close = max(opening.start, begin), min(opening.end, end)
            if start >= close:
                continue
            if start == closed:
                before[-1] += close - start
            else:
                opens.append(start)
                before.append(before[-1] + close - start)
            closed = close
        return _Years(begin, end, opens, before, first, last)

    def _year_of(self, instant: int) -> int:
        """A clock that is put back over new year shows the old year again; by then the new one has begun."""
        year = date_at(self._zone, instant).year
        return year + 1 if year < LAST_YEAR and instant >= self._new_year(year + 1) else year

    def _midnight(self, day: date) -> int:
        return opening_at(self._zone, day, 0)

    def _new_year(self, year: int) -> int:
        return self._midnight(date(year, 1, 1))

    def _refuse_outside(self, start: int, end: int) -> None:
        first, beyond = self._new_year(FIRST_YEAR), self._new_year(LAST_YEAR + 1)
        found = None if first <= start < beyond else start
        if found is None and end > beyond:
            found = end
        if found is not None:
            raise OutsideRange(
                f"calendar {self.name!r} reckons from {FIRST_YEAR}-01-01 to {LAST_YEAR}-12-31;"
                f" found {found} seconds since 1970 UTC"
            )


def compile_calendar(name: str, document: CalendarDocument, zone: tzinfo) -> Calendar:
    """The calendar of a document that stands alone, in the zone of its name; its version is the document's digest."""
    if document.ship is not None:
        raise ValueError(f"calendar {name!r} stands alone before it is compiled; found that it ships {document.ship!r}")
    return Calendar(name, document.digest(), document, zone)


def _counted(years: _Years, instant: int) -> int:
    """The open seconds before an instant, from the beginning of what is computed."""
    window = bisect_right(years.opens, instant) - 1
    inside = instant - years.opens[window]
    counted = years.before[window]
    return counted + min(inside, years.before[window + 1] - counted)


def _joined(earlier: _Years, later: _Years) -> _Years:
    """One after the other; a window that goes over new year is two that touch, which counts the same."""
    counted = earlier.before[-1]
    opens = earlier.opens + later.opens[1:]
    before = earlier.before + [counted + each for each in later.before[2:]]
    return _Years(earlier.begin, later.end, opens, before, earlier.first, later.last)
