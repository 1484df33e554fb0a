"""Whether SLA fires in time: how many timers wait, when the next one falls due, and how late the first one is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from shared_events.clock import Clock
from shared_events.runtime.checkpoints import Checkpoints
from shared_events.store.partition import PARTITIONS
from sla_svc.adapters.tickets import PostgresTickets

COUNTED_MAX: Final = 100_000
"""More are not counted, so that a look costs the same however many wait."""

_WAITING: Final = f"""
    select count(*) from (select from sla.ticket where due_at is not null limit {COUNTED_MAX}) waiting
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimersStanding:
    """Of the tickets of which something falls due, one timer each; those whose events are parked wait for these."""

    waiting: int = 0
    """At most `COUNTED_MAX`."""
    next_due_at: datetime | None = None
    """The earliest moment, be it in the past; none while nothing falls due."""
    late_seconds: float = 0.0
    """For so long it has been over."""


async def timers(pool: asyncpg.Pool, clock: Clock) -> TimersStanding:
    """Three small queries."""
    parked = await Checkpoints(pool, "sla", "sla").parked_subjects()
    next_due = await PostgresTickets(pool).next_due(range(PARTITIONS), parked)
    first = min(next_due.values(), default=None)
    return TimersStanding(
        waiting=await pool.fetchval(_WAITING),
        next_due_at=first,
        late_seconds=0.0 if first is None else max(0.0, (clock.now() - first).total_seconds()),
    )
