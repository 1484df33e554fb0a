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

    turns: int
    """How many have ended well."""

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
        self._runs = False
        self._turns_before = 0
        self.restarts = 0
        self.failures = 0
        """In a row, since a turn of it last ended well."""
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
        """Whether it was started again and again, and no turn of it has ended well since.

        It is not asked for how long it has run: it may wait half a minute for Kafka before it fails.
        """
        return self.failures >= FAILURES_MAX and not self._is_well()

    def begins(self) -> None:
        """It is started, for the first time or again."""
        self._turns_before, self._runs = self.loop.turns, True

    def fails(self, error: Exception) -> float:
        """It has ended by itself; how long to wait before it is started again."""
        if self._is_well() or self.failing_since is None:
            # It was well, so this is a new trouble.
            self.failures = 0
            self.failing_since = self._clock.now()
        self._runs = False
        self.failures += 1
        self.restarts += 1
        self.error = error
        pause_seconds: float = PAUSE_SECONDS_FIRST * 2 ** min(self.failures - 1, 10)
        return min(PAUSE_SECONDS_MAX, pause_seconds)

    def _is_well(self) -> bool:
        return self._runs and self.loop.turns > self._turns_before


class Loops:
    """The loops that this process runs: none in a process that only serves."""

    def __init__(self) -> None:
        self.watched: list[WatchedLoop] = []
