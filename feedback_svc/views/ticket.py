"""Whose ticket it is, so that a visit planned by hand names the right person."""

from dataclasses import dataclass
from typing import Final

import asyncpg
from sqlalchemy import Column, MetaData, Table, Text, select

from shared_events.contracts.base import CustomerId, TicketId
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.intake import ConsultationReceived
from shared_events.runtime.views import TableView, fetch

TICKET: Final = Table(
    "ticket",
    MetaData(schema="feedback"),
    Column("ticket_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
)


@dataclass(slots=True)
class TicketRow:
    """A ticket and its customer, for whom it stays."""

    ticket_id: TicketId
    customer_id: CustomerId


def ticket_view() -> TableView[TicketRow]:
    """One row per consultation, imported ones too."""
    return TableView(TICKET, row=TicketRow, handles=(ConsultationReceived,), fold=fold)


def fold(row: TicketRow | None, recorded: Recorded[ConsultationReceived]) -> TicketRow:
    """The first reception says it."""
    return row or TicketRow(recorded.stored.subject, recorded.event.customer_id)


async def customer_of(pool: asyncpg.Pool, ticket_id: TicketId) -> CustomerId | None:
    """Whose ticket it is; none if feedback has not heard of it."""
    rows = await fetch(pool, select(TICKET.c.customer_id).where(TICKET.c.ticket_id == ticket_id))
    return rows[0]["customer_id"] if rows else None
