"""Dates that differ from the week, in the forms in which they may be written."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, model_validator

from sla_svc.domain.calendars.hours import Windows, refused, refused_at
from sla_svc.domain.calendars.names import HOLIDAY, Name

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
_WINDOWS: Final = TypeAdapter[Any](Windows)


class SpecialDay(BaseModel):
    """All windows of one date; `like` instead of windows gives it the hours of a weekday."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    windows: Windows = ()
    like: Weekday | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if self.windows and self.like is not None:
            raise refused_at(("like",), f"a special day has windows or is like a weekday; found both, and {self.like}")
        if not self.windows and self.like is None:
            raise refused("a special day has a window at least (a whole day off is a holiday); found none")
        return self


def _short_form(written: Any) -> Any:
    """A list stands for a day that has these windows and no name of its own, a weekday for one that works like it."""
    if isinstance(written, list | tuple):
        return {"windows": _WINDOWS.validate_python(written)}
    if isinstance(written, str):
        if written not in WEEKDAYS:
            expected = f'a list of windows, such as ["09:00-12:00"], or one of {", ".join(WEEKDAYS)}'
            raise refused(f"expected {expected}; found {written!r}")
        return {"like": written}
    return written


def _by_date(written: Any) -> Any:
    """Dates become text before they are read, so that the place of an error has them as they were written."""
    if not isinstance(written, Mapping):
        return written
    for day in written:
        _refuse_no_date(day, _text(day))
    return {_text(day): what for day, what in written.items()}


def _without_names(written: Any) -> Any:
    """A list of dates stands for holidays without names."""
    if not isinstance(written, list | tuple | frozenset):
        return _by_date(written)
    found: set[str] = set()
    for index, day in enumerate(written):
        _refuse_no_date(day, index)
        if _text(day) in found:
            raise refused_at((index,), f"a date is given once; found {_text(day)} twice")
        found.add(_text(day))
    return {_text(day): HOLIDAY for day in written}


def _dates(written: Any) -> Any:
    if isinstance(written, list | tuple | frozenset):
        return frozenset(_without_names(written))
    raise refused(f"expected a list of dates; found {written!r}")


Holidays = Annotated[
    dict[date, Name],
    BeforeValidator(_without_names, json_schema_input_type=dict[date, Name] | list[date]),
]
SpecialDays = Annotated[
    dict[
        date,
        Annotated[SpecialDay, BeforeValidator(_short_form, json_schema_input_type=SpecialDay | Windows | Weekday)],
    ],
    BeforeValidator(_by_date),
]
Dates = Annotated[frozenset[date], BeforeValidator(_dates, json_schema_input_type=list[date])]


def _refuse_no_date(day: object, place: int | str) -> None:
    """Pydantic alone would take a number for seconds since 1970."""
    known = _date(day)
    if known is None:
        raise refused_at((place,), f"a date is written like 2026-10-01; found {day!r}")
    if not FIRST_YEAR <= known.year <= LAST_YEAR:
        raise refused_at((place,), f"a date is from {FIRST_YEAR}-01-01 to {LAST_YEAR}-12-31; found {known}")


def _date(day: object) -> date | None:
    if isinstance(day, date):
        return None if isinstance(day, datetime) else day
    if not isinstance(day, str):
        return None
    try:
        known = date.fromisoformat(day)
    except ValueError:
        return None
    return known if known.isoformat() == day else None


def _text(day: object) -> str:
    return day.isoformat() if isinstance(day, date) else str(day)
