"""An independent reckoning: walks from minute to minute, reads the clock at each, and knows nothing of our code."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE: Final = timedelta(minutes=1)


def open_minutes(written: Mapping[str, Any], start: datetime, minutes: int) -> list[bool]:
    """Whether each of the minutes from `start` on is open, by a document as it is written.

    A window is open from the minute in which the clock first shows its opening or more, and closed from the last minute
    on in which the clock passes its closing.
    """
    margin = 3 * 24 * 60
    shown = _readings(written["timezone"], start - margin * MINUTE, minutes + 2 * margin)
    is_open = [False] * len(shown)
    day, last = shown[0].date(), shown[-1].date()
    while day <= last:
        for opens, closes in _windows(written, day):
            first = next((index for index, clock in enumerate(shown) if clock >= opens), len(shown))
            beyond = next((index for index in range(len(shown), 0, -1) if shown[index - 1] < closes), 0)
            for index in range(first, beyond):
                is_open[index] = True
        day += timedelta(days=1)
    return is_open[margin : margin + minutes]


@lru_cache(maxsize=64)
def _readings(zone: str, start: datetime, minutes: int) -> Sequence[datetime]:
    """What the clock on the wall shows at each minute."""
    where = ZoneInfo(zone)
    return [(start + index * MINUTE).astimezone(UTC).astimezone(where).replace(tzinfo=None) for index in range(minutes)]


def _windows(written: Mapping[str, Any], day: date) -> list[tuple[datetime, datetime]]:
    if day.isoformat() in written["holidays"]:
        return []
    special = {**written["partial_days"], **written["extra_days"]}
    texts = special.get(day.isoformat(), written["week"].get(WEEKDAYS[day.weekday()], []))
    return [_window(day, text) for text in texts]


def _window(day: date, text: str) -> tuple[datetime, datetime]:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a reading of a clock has no zone
    (opens_hour, opens_minute), (closes_hour, closes_minute) = (edge.split(":") for edge in text.split("-"))
    opens = midnight + timedelta(hours=int(opens_hour), minutes=int(opens_minute))
    closes = midnight + timedelta(hours=int(closes_hour), minutes=int(closes_minute))
    return opens, closes if closes > opens else closes + timedelta(days=1)
