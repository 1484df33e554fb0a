"""What an agent has to do: a query over the tickets."""

from collections.abc import Sequence
from typing import Final

import asyncpg
from sqlalchemy import func, select

from ledger_svc.views.tickets.queries import SUMMARY
from ledger_svc.views.tickets.row import TICKET, TicketStatus
from shared_events.runtime.views import fetch

HELD: Final = (TicketStatus.IN_WORK, TicketStatus.ANSWERED)
"""An answered ticket stays on the desk: the agent records the customer's verdict."""


async def desk_tickets(pool: asyncpg.Pool, agent_id: str, limit: int) -> Sequence[asyncpg.Record]:
    """The `SUMMARY` of the tickets that the agent holds, those that have waited longest first."""
    held = select(*SUMMARY).where(TICKET.c.agent_id == agent_id, TICKET.c.status.in_(HELD))
    return await fetch(pool, held.order_by(TICKET.c.received_at, TICKET.c.ticket_id).limit(limit))


async def desk_counts(pool: asyncpg.Pool, agent_id: str) -> asyncpg.Record:
    """How many tickets are in work, how many of those wait, and how many await the customer's verdict."""
    in_work = TICKET.c.status == TicketStatus.IN_WORK
    counts = select(
        func.count().filter(in_work).label("in_work"),
        func.count().filter(in_work, TICKET.c.paused).label("paused"),
        func.count().filter(TICKET.c.status == TicketStatus.ANSWERED).label("answered"),
    ).where(TICKET.c.agent_id == agent_id, TICKET.c.status.in_(HELD))
    return (await fetch(pool, counts))[0]
