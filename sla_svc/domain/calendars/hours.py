"""Windows of a day as they are written in a document: several a day, over midnight, to 24:00."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, PlainValidator, ValidationError, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError

DAY_SECONDS: Final = 86_400
_WRITTEN: Final = re.compile(r"\s*(\d{1,2}):(\d{2})(?::(\d{2}))?\s*-\s*(\d{1,2}):(\d{2})(?::(\d{2}))?\s*")


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """Open from `opens` to before `closes`, in seconds on the wall clock since the midnight of the day it begins on.

    One that goes over midnight closes after `DAY_SECONDS`.
    """

    opens: int
    closes: int

    def __str__(self) -> str:
        """As it is written: "09:00-12:00"."""
        past_midnight = self.closes > DAY_SECONDS
        return f"{_clock(self.opens)}-{_clock(self.closes - DAY_SECONDS if past_midnight else self.closes)}"


def parse_hours(written: object) -> Hours:
    """What "22:00-06:00" means. Raises ValueError."""
    if isinstance(written, Hours):
        return written
    match = _WRITTEN.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise refused(f'a window is written like "09:00-12:00"; found {written!r}')
    parts = [int(part or 0) for part in match.groups()]
    opens, closes = _seconds(parts[:3], written), _seconds(parts[3:], written)
    if opens == DAY_SECONDS:
        raise refused(f"a window opens before 24:00; found {written!r}")
    if opens == closes:
        raise refused(f'a window is longer than nothing (all day is "00:00-24:00"); found {written!r}')
    return Hours(opens, closes if closes > opens else closes + DAY_SECONDS)


def merge(hours: Sequence[Hours]) -> tuple[Hours, ...]:
    """In order, with those that touch as one; a ValidationError at the index of one that overlaps another."""
    merged: list[Hours] = []
    for one in sorted(hours):
        last = merged[-1] if merged else None
        if last is None or last.closes < one.opens:
            merged.append(one)
        elif last.closes == one.opens:
            merged[-1] = Hours(last.opens, one.closes)
        else:
            raise refused_at((_last_index(hours, one),), f"the windows of a day are apart; found {one} over {last}")
    return tuple(merged)


def refused(message: str) -> PydanticCustomError:
    """A ValueError whose text pydantic leaves as it is."""
    return PydanticCustomError("calendar", "{message}", {"message": message})


def refused_at(place: tuple[str | int, ...], message: str) -> ValidationError:
    """An error of pydantic at a place below the field that is being validated."""
    found = InitErrorDetails(type=refused(message), loc=place, input=None)
    return ValidationError.from_exception_data("calendar", [found])


def _several(written: Any) -> Any:
    if not isinstance(written, list | tuple):
        raise refused(f'expected a list of windows, such as ["09:00-12:00"]; found {written!r}')
    return written


def _merged(hours: tuple[Hours, ...]) -> tuple[Hours, ...]:
    return merge(hours)


OneWindow = Annotated[
    Hours,
    PlainValidator(parse_hours),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["09:00-12:00"]}),
]
Windows = Annotated[tuple[OneWindow, ...], BeforeValidator(_several), AfterValidator(_merged)]
"""The windows of one day, in order, with those that touch as one; an error knows which of them it means."""


def _seconds(parts: Sequence[int], written: object) -> int:
    hour, minute, second = parts
    found = hour * 3600 + minute * 60 + second
    if minute > 59 or second > 59 or found > DAY_SECONDS:
        raise refused(f"the hours of a window are between 00:00 and 24:00; found {written!r}")
    return found


def _clock(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}" if second else f"{hour:02}:{minute:02}"


def _last_index(hours: Sequence[Hours], one: Hours) -> int:
    return max(index for index, other in enumerate(hours) if other == one)
