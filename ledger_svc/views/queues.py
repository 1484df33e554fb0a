"""What waits: a query over the tickets, whose partial index holds only those that are queued."""

from collections.abc import Sequence
from typing import Final

import asyncpg
from sqlalchemy import func, select

from ledger_svc.views.tickets.row import TICKET, TicketStatus
from shared_events.runtime.views import fetch

_QUEUES: Final = (
    select(
        TICKET.c.tier,
        TICKET.c.team,
        func.count().label("tickets"),
        func.count().filter(TICKET.c.paused).label("paused"),
        func.min(TICKET.c.queued_since).label("oldest_wait_since"),
    )
    .where(TICKET.c.status == TicketStatus.QUEUED)
    .group_by(TICKET.c.tier, TICKET.c.team)
    .order_by(TICKET.c.tier, TICKET.c.team)
)


async def queues(pool: asyncpg.Pool) -> Sequence[asyncpg.Record]:
    """Each queue that has tickets: how many, how many of them paused, and since when the oldest waits."""
    return await fetch(pool, _QUEUES)
