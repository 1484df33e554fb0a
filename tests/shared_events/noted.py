"""Figures that are kept one by one, so that a test can look at what was counted."""

from collections.abc import Sequence
from datetime import datetime


class NotedFigures:
    """See `Figures`."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str, object]] = []

    def appended(self, source: str, count: int) -> None:
        self.noted.append(("appended", source, count))

    def conflicted(self, source: str) -> None:
        self.noted.append(("conflicted", source, 1))

    def relayed(self, source: str, count: int) -> None:
        self.noted.append(("relayed", source, count))

    def taken_in(self, consumer: str, recorded_at: Sequence[datetime], repetitions: int) -> None:
        self.noted.append(("taken in", consumer, (len(recorded_at), repetitions)))

    def partition_stopped(self, consumer: str, reason: Exception) -> None:
        self.noted.append(("stopped", consumer, type(reason).__name__))

    def unaccounted(self, seconds: int) -> None:
        self.noted.append(("unaccounted", "sla", seconds))
