"""What a process manager is: a consumer that keeps rows of its own, decides from them, and has timers (D11)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded
from shared_events.store.appends import Append
from shared_events.store.port import Store, Transaction


@dataclass(frozen=True, slots=True)
class Timer:
    """One subject for which something falls due: the earliest moment of it, and its row as it was loaded."""

    subject: str
    partition: int
    due_at: datetime
    row: Any
    """Opaque to the runner: it comes from `due` and goes into `fire`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be committed: events, one append per subject at most, and rows."""

    appends: Sequence[Append]
    rows: Any
    """Opaque to the runner: what `write` takes."""
    due: Mapping[int, datetime]
    """Of each partition the earliest moment that falls due among these rows; the runner wakes then."""


class Process(Protocol):
    """Its rows are written in the transaction that advances the checkpoint, so only the partition's holder does it.

    Nothing here is called for a subject by two tasks at a time. After a conflict the same is asked again, until it is
    committed: where others append to the store too, the expected versions must come from the store by then.
    """

    @property
    def handles(self) -> tuple[type[Fact], ...]:
        """The events that it wants to see."""
        ...

    @property
    def sources(self) -> Collection[str]:
        """Whose facts it goes by: a timer waits until all that each of them recorded before it is taken in."""
        ...

    @property
    def store(self) -> Store:
        """Where its events go."""
        ...

    async def decide(self, batch: Sequence[Recorded[Fact]]) -> Outcome:
        """What comes of events, those of a subject in log order, before any lock is held."""
        ...

    async def due(self, through: Mapping[int, datetime], limit: int, without: Collection[str]) -> Sequence[Timer]:
        """What falls due in these partitions, in each up to its moment and with it; the first `limit` by due time.

        Subjects in `without` are left out: their events wait for a retry, or their timers failed a moment ago.
        """
        ...

    async def fire(self, timers: Sequence[Timer], through: Mapping[int, datetime]) -> Outcome:
        """What comes of timers. A row whose moment turns out to be void goes into the outcome with its next one."""
        ...

    async def next_due(self, partitions: Collection[int], without: Collection[str]) -> Mapping[int, datetime]:
        """The earliest moment that falls due in each; one without any is absent."""
        ...

    async def write(self, transaction: Transaction, outcome: Outcome) -> None:
        """Write the rows within the runner's transaction; the appends are not its business."""
        ...
