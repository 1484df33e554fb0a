"""A calendar as it is written and published: `CalendarDocument`.

Every error has the place of what it means (`loc`), dates as they are written, so that a reader of files can add line
and column.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sla_svc.domain.calendars.hours import DAY_SECONDS, Hours, Windows, merge, refused_at
from sla_svc.domain.calendars.names import EXTRA_DAY, HOLIDAY, PARTIAL_DAY, DayName, Name

FIRST_YEAR: Final = 1950
LAST_YEAR: Final = 2199


class Weekday(StrEnum):
    """The days of the week, in the order of `date.weekday()`."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


WEEKDAYS: Final = tuple(Weekday)


def _merged(windows: tuple[Hours, ...]) -> tuple[Hours, ...]:
    return merge(windows)


def _bare_windows(written: Any) -> Any:
    """A list stands for a day that has these windows and no name of its own, a weekday for one that works like it."""
    if isinstance(written, list | tuple):
        return {"windows": written}
    return {"like": written} if isinstance(written, str) else written


def _date_keys(written: Any) -> Any:
    """Dates become text before they are read, so that the place of an error has them as they were written."""
    if not isinstance(written, Mapping):
        return written
    for key in written:
        _refuse_no_date(key)
    return {_text(key): value for key, value in written.items()}


def _dates_or_names(written: Any) -> Any:
    """A list of dates stands for holidays without names."""
    if not isinstance(written, list | tuple):
        return _date_keys(written)
    found: set[str] = set()
    for index, day in enumerate(written):
        _refuse_no_date(day, index)
        if _text(day) in found:
            raise refused_at((index,), f"a date is given once; found {_text(day)} twice")
        found.add(_text(day))
    return {_text(day): HOLIDAY for day in written}


class SpecialDay(BaseModel):
    """All windows of one date; `like` instead of windows gives it the hours of a weekday."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    windows: Annotated[Windows, AfterValidator(_merged)] = ()
    like: Weekday | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if bool(self.windows) == (self.like is not None):
            raise refused_at((), "a special day has windows or the name of a weekday; found both or neither")
        return self


Holidays = Annotated[dict[date, Name], BeforeValidator(_dates_or_names)]
SpecialDays = Annotated[
    dict[date, Annotated[SpecialDay, BeforeValidator(_bare_windows)]],
    BeforeValidator(_date_keys),
]
Dates = Annotated[frozenset[date], BeforeValidator(lambda written: frozenset(_dates_or_names(written)))]
Week = dict[Weekday, Annotated[Windows, AfterValidator(_merged)]]


class CalendarDocument(BaseModel):
    """When a centre is open.

    `holidays`, `partial_days` and `extra_days` are dates on the clocks of `timezone`. The windows of a partial or an
    extra day are all that it has. With `ship`, it says only what is different from the shipped calendar of that name:
    `timezone` and `week` replace, a date replaces what the shipped one says of it, and an ordinary day takes that back.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    ship: str | None = None
    timezone: str | None = Field(default=None, min_length=1)
    week: Week | None = None
    holidays: Holidays = {}
    partial_days: SpecialDays = {}
    extra_days: SpecialDays = {}
    ordinary_days: Dates = frozenset()
    known_until: date | None = None
    """The last date whose holidays are published; later ones are computed, and have no make-up workdays yet."""
    sources: dict[str, str] = {}
    """Where dates come from, with its version."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.ship is None and (self.timezone is None or self.week is None):
            missing = "timezone" if self.timezone is None else "week"
            raise refused_at((missing,), "a calendar has a timezone and a week, or ships one by name; found neither")
        self._refuse_dates_given_twice()
        self._refuse_overlapping_weekdays()
        self._refuse_overlapping_dates()
        return self

    def name_of(self, day: date) -> DayName:
        """What a date that is not ordinary is called."""
        if day in self.holidays:
            return self.holidays[day]
        if day in self.partial_days:
            return self.partial_days[day].name or PARTIAL_DAY
        return self.extra_days[day].name or EXTRA_DAY

    def windows_of(self, day: date) -> tuple[Hours, ...]:
        """The windows that begin on a date."""
        if day in self.holidays:
            return ()
        special = self.partial_days.get(day) or self.extra_days.get(day)
        week = self.week or {}
        if special is None:
            return week.get(WEEKDAYS[day.weekday()], ())
        return special.windows if special.like is None else week.get(special.like, ())

    def special_dates(self) -> Sequence[date]:
        """The dates that differ from the week, in order."""
        return sorted({*self.holidays, *self.partial_days, *self.extra_days})

    def canonical(self) -> str:
        """The same text for the same calendar, whatever the order and form in which it was written."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        if "ordinary_days" in content:
            content["ordinary_days"].sort()
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def digest(self) -> str:
        """SHA-256 over the canonical text."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def _refuse_dates_given_twice(self) -> None:
        given: dict[date, str] = {}
        for place in ("holidays", "partial_days", "extra_days", "ordinary_days"):
            for day in sorted(getattr(self, place)):
                if not FIRST_YEAR <= day.year <= LAST_YEAR:
                    bound = f"a date is from {FIRST_YEAR}-01-01 to {LAST_YEAR}-12-31; found {day}"
                    raise refused_at((place, day.isoformat()), bound)
                if day in given:
                    message = f"a date has one meaning; found {day} under {given[day]} and {place}"
                    raise refused_at((place, day.isoformat()), message)
                given[day] = place

    def _refuse_overlapping_weekdays(self) -> None:
        week = self.week or {}
        for number, weekday in enumerate(WEEKDAYS):
            before = WEEKDAYS[number - 1]
            _refuse_overlap(("week", weekday), (before, week.get(before, ())), (weekday, week.get(weekday, ())))

    def _refuse_overlapping_dates(self) -> None:
        """The night shift of one date may reach into the windows of the next, which the week alone does not show."""
        for place in ("partial_days", "extra_days"):
            for day in sorted(getattr(self, place)):
                for first, second in ((day - _ONE_DAY, day), (day, day + _ONE_DAY)):
                    nights = (first.isoformat(), self.windows_of(first)), (second.isoformat(), self.windows_of(second))
                    _refuse_overlap((place, day.isoformat()), *nights)


_ONE_DAY: Final = timedelta(days=1)


def _refuse_overlap(
    place: tuple[str | int, ...], first: tuple[str, Sequence[Hours]], second: tuple[str, Sequence[Hours]]
) -> None:
    if not first[1] or not second[1]:
        return
    last, next_one = first[1][-1], second[1][0]
    if last.closes - DAY_SECONDS > next_one.opens:
        found = f"{first[0]} {last} reaches into {second[0]} {next_one}"
        raise refused_at(place, f"windows are apart; found that {found}")


def _text(day: object) -> str:
    return day.isoformat() if isinstance(day, date) else str(day)


def _refuse_no_date(day: object, *place: int) -> None:
    """Pydantic would take a number for seconds since 1970."""
    if isinstance(day, datetime) or not isinstance(day, str | date):
        raise refused_at(place or (_text(day),), f"a date is written like 2026-10-01; found {day!r}")
