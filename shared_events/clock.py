"""The one place that reads the wall clock (D19)."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is; passed in wherever it matters, so that a year can be simulated in seconds."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow, for measuring spans."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one Clock that reads the wall clock

    def monotonic(self) -> float:
        """Seconds that only grow, for measuring spans."""
        return time.monotonic()
