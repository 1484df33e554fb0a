"""Moments and durations as they are written in a case: RFC 3339 with an offset, `2h`, `PT48H`, or a word instead."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Final

from pydantic import PlainValidator, WithJsonSchema

from sla_svc.domain.calendars.special_days import FIRST_YEAR, LAST_YEAR
from sla_svc.domain.policies.durations import seconds_of
from sla_svc.domain.policies.refusing import unexpected

NEVER: Final = "never"
NONE: Final = "none"
PAUSED: Final = "paused"

_EXPECTED: Final = "a moment with its offset, such as 2026-03-02T09:00:00+08:00"
_FORM: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in whole seconds since 1970 UTC (a part of a second is dropped), and the offset of its writer."""

    instant: int
    offset: timedelta

    def shown(self, instant: int) -> str:
        """Another instant by the same offset, so that both can be compared by eye."""
        return datetime.fromtimestamp(instant, timezone(self.offset)).isoformat()

    def __str__(self) -> str:
        """Itself, as it is written."""
        return self.shown(self.instant)


def moment_of(written: object) -> Moment:
    """What `2026-03-02T09:00:00+08:00` means; a PydanticCustomError says what is wrong with it."""
    if not isinstance(written, str) or _FORM.fullmatch(written) is None:
        raise unexpected(_EXPECTED, written)
    try:
        read = datetime.fromisoformat(written.upper())
    except ValueError:
        raise unexpected(_EXPECTED, written) from None
    offset = read.utcoffset()
    assert offset is not None, "the form has an offset"
    if not FIRST_YEAR < read.year < LAST_YEAR:
        raise unexpected(f"a moment from {FIRST_YEAR + 1} to {LAST_YEAR - 1}", written)
    return Moment(int(read.astimezone(UTC).replace(microsecond=0).timestamp()), offset)


def _moment_or(*words: str) -> PlainValidator:
    def read(written: object) -> Moment | str:
        if isinstance(written, str) and written in words:
            return written
        if isinstance(written, str) and _FORM.fullmatch(written) is not None:
            return moment_of(written)
        raise unexpected(f"{_EXPECTED}, or {' or '.join(words)}", written)

    return PlainValidator(read)


_TEXT: Final = WithJsonSchema({"type": "string"})
MomentField = Annotated[Moment, PlainValidator(moment_of), _TEXT]
MomentOrNever = Annotated[Moment | str, _moment_or(NEVER), _TEXT]
MomentOrNone = Annotated[Moment | str, _moment_or(NONE), _TEXT]
DeadlineField = Annotated[Moment | str, _moment_or(NEVER, PAUSED, NONE), _TEXT]
DurationField = Annotated[int, PlainValidator(seconds_of), WithJsonSchema({"type": ["string", "integer"]})]
