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
    """One partition of one consumer. `seen` has the last sequence of each source.

    `epoch` is the one under which its holder took it over: whatever he commits, he commits under that.
    """

    partition: int
    next_offset: int = 0
    seen: Mapping[str, int] = field(default_factory=dict)
    epoch: int = 0


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


class Sharing(Protocol):
    """The partitions of a consumer, shared out among its workers; `tests/shared_events/runtime` has the suite.

    Each partition has one holder at most, under an epoch that grows with every new holder, and fences off the old one.
    Of N live workers each gets as many as any other, give or take one, and one that comes or goes moves the least.
    """

    async def hold(self) -> Mapping[int, int]:
        """The partitions that are this worker's, with their epochs. Cheap to call in every turn.

        With no batch in hand: what is due to others is given up, and what is due to this worker and free is claimed.
        """
        ...

    async def stay(self) -> None:
        """Say in the middle of a long turn that this worker still lives. Cheap to call for every batch."""
        ...

    async def release(self) -> None:
        """Let other workers have everything at once."""
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

    async def take_over(self, epochs: Mapping[int, int], log_id: UUID) -> dict[int, Checkpoint]:
        """Put one's epochs on these partitions, so that older holders cannot commit any more; where they stand.

        A partition that has a later epoch is left out. Raises `ForeignLog` if anything was read from another log.
        """
        ...

    async def advance(self, transaction: Transaction, moves: Sequence[Move]) -> None:
        """Compare and set, each of another partition. Raises `Fenced` if any has moved, or has another epoch."""
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
