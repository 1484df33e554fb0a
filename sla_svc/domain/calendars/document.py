"""A calendar as it is written and published: `CalendarDocument`.

Every error has the place of what it means (`loc`), dates as they are written, so that a reader of files can add line
and column.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sla_svc.domain.calendars.hours import DAY_SECONDS, Hours, Windows, refused, refused_at
from sla_svc.domain.calendars.names import EXTRA_DAY, PARTIAL_DAY, DayName
from sla_svc.domain.calendars.special_days import WEEKDAYS, Dates, Holidays, SpecialDays, Weekday


class CalendarDocument(BaseModel):
    """When a centre is open.

    `holidays`, `partial_days` and `extra_days` are dates on the clocks of `timezone`. The windows of a partial or an
    extra day are all that it has. With `ship`, it says only what is different from the shipped calendar of that name:
    `timezone` and `week` replace, a date replaces what the shipped one says of it, and an ordinary day takes that back.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    ship: str | None = None
    timezone: str | None = Field(default=None, min_length=1)
    week: dict[Weekday, Windows] | None = None
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
            raise refused(f"a calendar has timezone and week, or ships one by name; found no {missing}")
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
