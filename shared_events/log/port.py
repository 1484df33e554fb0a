"""What every log engine offers; `tests/shared_events/log` has the suite that each adapter passes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shared_events.contracts.envelope import Stored


class LogRefused(Exception):
    """What was to be published contradicts what the log has: a gap, or another event under the same number."""


class LogUnfit(Exception):
    """The log is not set up as it has to be; the message says how to mend it."""


class PartitionBroken(Exception):
    """One partition cannot be read on: history is missing, or something in it is no event. The others can."""

    def __init__(self, partition: int, message: str) -> None:
        super().__init__(message)
        self.partition = partition


@dataclass(frozen=True, slots=True)
class Entry:
    """An event at its place in the log."""

    offset: int
    stored: Stored


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """All events that `source` recorded before `relayed_through` in this partition stand before `next_offset`."""

    source: str
    partition: int
    relayed_through: datetime
    next_offset: int


class Log(Protocol):
    """Partitioned, ordered, kept for ever. Every reader sees the same order."""

    async def log_id(self) -> UUID:
        """Which log this is; a checkpoint made for another is refused."""
        ...

    async def publish(self, source: str, events: Sequence[Stored]) -> None:
        """Put events, in (partition, sequence) order, at the ends of their partitions, durably.

        An event that is there already is skipped if it is the same to the digest. Raises `LogRefused` else.
        """
        ...

    async def read(self, offsets: Mapping[int, int], limit: int) -> dict[int, list[Entry]]:
        """The next entries of each partition from the given offset on, up to `limit` for each.

        Raises `PartitionBroken` where there is nothing before what cannot be read.
        """
        ...

    async def wait(self, offsets: Mapping[int, int], timeout_seconds: float) -> None:
        """Return when there may be entries at these offsets, or after the timeout."""
        ...

    async def source_ends(self, source: str) -> dict[int, int]:
        """The last sequence of a source in each partition; a partition without any is absent."""
        ...

    async def original(self, entry: Entry) -> Stored | None:
        """The event that had this entry's number before it, to judge a repetition by; itself if none had."""
        ...

    async def beat(self, source: str, relayed_through: Mapping[int, datetime]) -> None:
        """Say for each partition a moment before which everything that the source recorded is in the log."""
        ...

    async def heartbeats(self) -> Sequence[Heartbeat]:
        """The last heartbeat of each source and partition."""
        ...
