"""The instant at which the wall clock of a zone reaches an hour, also where it is put forward or back.

A window is open from the first instant at which the clock shows its opening or later, to the instant from which on the
clock never again shows less than its closing. So an opening inside an hour that is skipped is at the end of the gap, a
window wholly inside the gap does not exist, and a window that holds the hour that comes twice is an hour longer; one
that opens in that hour opens at the first occurrence, one that closes in it closes at the second.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

_ZERO: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - a reading of a clock has no zone until it gets one
_ZERO_UTC: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ZERO_ORDINAL: Final = _ZERO.toordinal()
_DAY_SECONDS: Final = 86_400


def opening_at(zone: tzinfo, day: date, second: int) -> int:
    """The first instant at which the clock shows that second of the day, or a later one."""
    return _reached(zone, _wall(day, second), last=False)


def closing_at(zone: tzinfo, day: date, second: int) -> int:
    """The instant from which on the clock never again shows less than that second of the day."""
    return _reached(zone, _wall(day, second), last=True)


def steady_midnights(zone: tzinfo, first: date, last: date) -> Iterator[tuple[date, int | None]]:
    """Each date with the instant of its midnight; None if the clock is put forward or back around it.

    It is not, from a date to the end of the next one, if the offset is the same at the four midnights from the date on:
    no zone changes its offset twice within a week (a test holds the IANA database to it).
    """
    ordinal = first.toordinal()
    offsets = [_midnight_offset(zone, ordinal + number) for number in range(3)]
    for number in range(ordinal, last.toordinal() + 1):
        offsets.append(_midnight_offset(zone, number + 3))
        steady = offsets[0] == offsets[1] == offsets[2] == offsets[3]
        yield date.fromordinal(number), (number - _ZERO_ORDINAL) * _DAY_SECONDS - offsets[0] if steady else None
        del offsets[0]


def date_at(zone: tzinfo, instant: int) -> date:
    """The date that the clock shows."""
    return (_ZERO_UTC + timedelta(seconds=instant)).astimezone(zone).date()


def _wall(day: date, second: int) -> int:
    """A reading of the clock, as seconds since it would have shown 1970-01-01 00:00."""
    return (day.toordinal() - _ZERO_ORDINAL) * _DAY_SECONDS + second


def _reached(zone: tzinfo, wall: int, *, last: bool) -> int:
    reading = (_ZERO + timedelta(seconds=wall)).replace(tzinfo=zone)
    before = wall - _offset(zone, reading)
    after = wall - _offset(zone, reading.replace(fold=1))
    if before > after:  # the clock never shows it
        return _end_of_gap(zone, wall, (after, before))
    return after if last else before


def _end_of_gap(zone: tzinfo, wall: int, between: tuple[int, int]) -> int:
    """The first instant after `between[0]`, up to `between[1]`, at which the clock shows more than the reading."""
    early, late = between
    while late - early > 1:
        middle = (early + late) // 2
        shown = middle + _offset(zone, (_ZERO_UTC + timedelta(seconds=middle)).astimezone(zone))
        early, late = (early, middle) if shown >= wall else (middle, late)
    return late


def _midnight_offset(zone: tzinfo, ordinal: int) -> int:
    return _offset(zone, datetime.fromordinal(ordinal).replace(tzinfo=zone))


def _offset(zone: tzinfo, reading: datetime) -> int:
    offset = zone.utcoffset(reading)
    assert offset is not None, f"{zone} knows its offset"
    return offset.days * _DAY_SECONDS + offset.seconds
