"""How the relays and consumers of a process fare: when each failed, why, and how often it was started again."""

from datetime import datetime
from typing import Final, Protocol

from shared_events.clock import Clock
from shared_events.runtime.ports import Fenced

PAUSE_SECONDS_FIRST: Final = 0.1
PAUSE_SECONDS_MAX: Final = 5.0
FAILURES_MAX: Final = 3
"""A loop that has failed so often in a row keeps failing; before that it may have met somebody else's restart."""


class Loop(Protocol):
    """What runs for ever."""

    async def run(self) -> None:
        """Never returns."""
        ...

    async def stop(self) -> None:
        """Tidy up after `run` was cancelled."""
        ...


class WatchedLoop:
    """A loop under its name, with what became of it."""

    def __init__(self, name: str, loop: Loop, clock: Clock) -> None:
        self.name = name
        self.loop = loop
        self._clock = clock
        self._began_at = float("-inf")
        self._runs = False
        self.restarts = 0
        self.failures = 0
        """In a row, since it was last well for a while."""
        self.error: Exception | None = None
        self.failing_since: datetime | None = None

    @property
    def consumes(self) -> bool:
        """Whether it has partitions, which can stand still one by one."""
        return hasattr(self.loop, "stopped")

    @property
    def stopped(self) -> dict[int, Exception]:
        """Of a consumer, the partitions that stand still, and why. What others have taken over is theirs to tell."""
        stopped: dict[int, Exception] = getattr(self.loop, "stopped", {})
        return {partition: reason for partition, reason in stopped.items() if not isinstance(reason, Fenced)}

    @property
    def keeps_failing(self) -> bool:
        """Whether it was started again and again, and has not run for a while since."""
        return self.failures >= FAILURES_MAX and not self._is_well()

    def begins(self) -> None:
        """It is started, for the first time or again."""
        self._began_at, self._runs = self._clock.monotonic(), True

    def fails(self, error: Exception) -> float:
        """It has ended by itself; how long to wait before it is started again."""
        if self._is_well() or self.failing_since is None:
            self.failures, self.failing_since = (
                0,
                self._clock.now(),
            )  # it was well for a while, so this is a new trouble
        self._runs = False
        self.failures += 1
        self.restarts += 1
        self.error = error
        pause_seconds: float = PAUSE_SECONDS_FIRST * 2 ** min(self.failures - 1, 10)
        return min(PAUSE_SECONDS_MAX, pause_seconds)

    def _is_well(self) -> bool:
        return self._runs and self._clock.monotonic() - self._began_at > PAUSE_SECONDS_MAX


class Loops:
    """The loops that this process runs: none in a process that only serves."""

    def __init__(self) -> None:
        self.watched: list[WatchedLoop] = []
