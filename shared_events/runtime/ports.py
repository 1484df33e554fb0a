"""What relays and runners ask of the database besides the store and the log."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shared_events.log.port import Entry
from shared_events.store.port import Transaction


class Fenced(Exception):
    """Another process has moved this checkpoint: what this one was about to commit is void."""


class ForeignLog(Exception):
    """The checkpoint was made for another log; its offsets mean nothing here."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One partition of one consumer. `seen` has the last sequence of each source."""

    partition: int
    next_offset: int = 0
    seen: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Move:
    """Of one partition: where a consumer stands, and where it will stand."""

    before: Checkpoint
    after: Checkpoint


class Leasing(Protocol):
    """A named lease. The epoch grows with every new holder, and fences off the old one."""

    async def hold(self) -> int | None:
        """Take or keep the lease: its epoch, or none if another process has it. Cheap to call in every turn."""
        ...

    async def release(self) -> None:
        """Let another process have it at once."""
        ...


class Checkpointing(Protocol):
    """How far one consumer has read each partition, and what it had to set aside (D8, D9)."""

    @property
    def consumer(self) -> str:
        """The consumer's name."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """All or nothing; everything below that takes a transaction belongs to it."""
        ...

    async def take_over(self, partitions: Sequence[int], log_id: UUID, epoch: int) -> dict[int, Checkpoint]:
        """Put one's epoch on all of them, so that an older holder cannot commit any more, and say where they stand."""
        ...

    async def advance(self, transaction: Transaction, moves: Sequence[Move], epoch: int) -> None:
        """Compare and set, each of another partition. Raises `Fenced` if any of them has moved."""
        ...

    async def lock(self, transaction: Transaction, partition: int) -> None:
        """Keep the runner from committing to this partition until the transaction ends."""
        ...

    async def seen(self) -> dict[int, Mapping[str, int]]:
        """What every partition has seen, as committed."""
        ...

    async def parked_subjects(self) -> set[str]:
        """The subjects whose events wait for a retry."""
        ...

    async def parked(self, subject: str, transaction: Transaction | None = None) -> list[Entry]:
        """The parked entries of a subject, in log order."""
        ...

    async def park(self, transaction: Transaction, entry: Entry, reason: str, at: datetime) -> None:
        """Set an entry aside."""
        ...

    async def unpark(self, transaction: Transaction, entry: Entry) -> None:
        """Forget a parked entry that has now been taken in."""
        ...
