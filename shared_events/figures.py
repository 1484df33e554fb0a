"""What is counted while events flow: the port that the machinery counts through, and the one that counts nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol


class Figures(Protocol):
    """Called once a batch, on the way that every event takes, so it must be cheap, and must never fail."""

    def appended(self, source: str, count: int) -> None:
        """So many appends went to disk together."""
        ...

    def conflicted(self, source: str) -> None:
        """An append met a stream at another version than it expected."""
        ...

    def relayed(self, source: str, count: int) -> None:
        """So many events were published."""
        ...

    def taken_in(self, consumer: str, recorded_at: Sequence[datetime], repetitions: int) -> None:
        """A consumer has just committed these new events, and dropped so many that it had taken in before."""
        ...

    def partition_stopped(self, consumer: str, reason: Exception) -> None:
        """A consumer takes nothing of a partition any more, until somebody has looked."""
        ...

    def unaccounted(self, seconds: int) -> None:
        """So much of a ticket's life was in no tier, nor unassigned, paused or closed, or in two of these."""
        ...


class NoFigures:
    """For whoever is not asked."""

    def appended(self, source: str, count: int) -> None:
        """Not counted."""

    def conflicted(self, source: str) -> None:
        """Not counted."""

    def relayed(self, source: str, count: int) -> None:
        """Not counted."""

    def taken_in(self, consumer: str, recorded_at: Sequence[datetime], repetitions: int) -> None:
        """Not counted."""

    def partition_stopped(self, consumer: str, reason: Exception) -> None:
        """Not counted."""

    def unaccounted(self, seconds: int) -> None:
        """Not counted."""


UNCOUNTED: Final = NoFigures()
