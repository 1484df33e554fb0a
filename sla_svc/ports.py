"""What SLA needs from outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared_events.contracts.envelope import GENESIS
from shared_events.store.port import Transaction
from sla_svc.domain.rulebook import Rulebook


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRow:
    """One clock, for those who ask."""

    clock_id: str
    metric: str
    cycle: int
    tier: str | None = None
    category: str | None = None
    policy: str
    policy_version: str
    policy_row: str
    calendar: str
    started_at: datetime
    deadline: datetime | None = None
    """None while it is paused, and where its calendar never gets there."""
    ended_at: datetime | None = None
    state: str
    elapsed_seconds: int
    target_seconds: int
    breached_at: datetime | None = None
    in_time: bool | None = None
    """None until it is met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRow:
    """One ticket as it is kept: what is known of it, and its clocks as they were told last."""

    ticket_id: str
    partition: int
    facts: bytes = b""
    clocks: bytes = b""
    stream_version: int = 0
    stream_digest: bytes = GENESIS
    """Of the last event that was told of it."""
    horizon: int = 0
    """The moment through which its clocks were judged, in seconds since 1970."""
    due_at: datetime | None = None
    """When the next threshold falls due."""
    rows: Sequence[ClockRow] = ()
    """Written, never loaded; those that are not among them stay as they are."""


class Tickets(Protocol):
    """The rows of tickets and clocks; `tests/sla_svc/adapters` has the suite that each engine passes."""

    async def load(self, tickets: Sequence[str]) -> dict[str, TicketRow]:
        """Those of these that are known."""
        ...

    async def save(self, transaction: Transaction, rows: Sequence[TicketRow]) -> None:
        """Each as it is now, with its clocks. A ticket may be there once only."""
        ...

    async def due(self, through: Mapping[int, datetime], limit: int, without: Collection[str]) -> list[TicketRow]:
        """What falls due in these partitions, in each up to its moment and with it; the first `limit` by due time."""
        ...

    async def page(self, after: str, limit: int) -> list[TicketRow]:
        """The tickets behind this id, in the order of their ids."""
        ...

    async def count(self) -> int:
        """How many tickets there are."""
        ...

    async def next_due(self, partitions: Collection[int], without: Collection[str]) -> dict[int, datetime]:
        """The earliest due time in each; a partition without any is absent."""
        ...


class Rulebooks(Protocol):
    """The calendars and policies that clocks go by."""

    async def current(self, *, fresh: bool = False) -> Rulebook:
        """With all that was published until ten seconds ago; `fresh`: until now."""
        ...
