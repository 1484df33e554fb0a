"""Durations as people write them: `2h`, `90m`, `1h30m`, `45s`, ISO 8601 `PT48H`, or whole seconds."""

import re
from typing import Final

from sla_svc.domain.policies.refusing import unexpected

DURATION_SECONDS_MAX: Final = 100 * 366 * 86_400
"""A hundred years: whatever is longer is a slip, and later than any calendar reaches."""

EXPECTED: Final = "a duration such as 2h, 90m, 1h30m, PT48H or whole seconds"

_SHORT: Final = re.compile(r"(?:([0-9]{1,12})h)?(?:([0-9]{1,12})m)?(?:([0-9]{1,12})s)?", re.ASCII)
_ISO: Final = re.compile(r"PT(?:([0-9]{1,12})H)?(?:([0-9]{1,12})M)?(?:([0-9]{1,12})S)?", re.ASCII)
_SECONDS: Final = re.compile(r"()()([0-9]{1,12})", re.ASCII)
_DAYS: Final = re.compile(r"P?[0-9].*[dDwWyY].*|P[0-9]+M.*", re.ASCII)
_AMBIGUOUS: Final = "hours instead of days or longer, which differ between calendars (2 days round the clock are 48h)"


def seconds_of(written: object) -> int:
    """How long that is; a PydanticCustomError says what is wrong with it."""
    if isinstance(written, int) and not isinstance(written, bool):
        written = str(written)
    if not isinstance(written, str):
        raise unexpected(EXPECTED, written)
    for form in (_SECONDS, _SHORT, _ISO):
        match = form.fullmatch(written)
        if match is not None and any(match.groups()):
            return _bounded([int(group or 0) for group in match.groups()], written)
    raise unexpected(_AMBIGUOUS if _DAYS.fullmatch(written) else EXPECTED, written)


def as_written(seconds: int) -> str:
    """The shortest of the short forms: `1h30m`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (rest, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def _bounded(parts: list[int], written: str) -> int:
    hours, minutes, seconds = parts
    total = hours * 3600 + minutes * 60 + seconds
    if total > DURATION_SECONDS_MAX:
        raise unexpected("at most a hundred years", written)
    return total
