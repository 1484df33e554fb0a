"""Whose consultation it is, so that a ticket routed by hand is sealed under the right person's key."""

from dataclasses import dataclass
from typing import Final

import asyncpg
from sqlalchemy import Column, MetaData, Table, Text, select

from shared_events.contracts.base import CustomerId, TicketId
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.intake import ConsultationReceived
from shared_events.runtime.views import TableView, fetch

CONSULTATION: Final = Table(
    "consultation",
    MetaData(schema="routing"),
    Column("ticket_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
)


@dataclass(slots=True)
class ConsultationRow:
    """A consultation and its customer, for whom it stays."""

    ticket_id: TicketId
    customer_id: CustomerId


def consultation_view() -> TableView[ConsultationRow]:
    """One row per consultation, imported ones too."""
    return TableView(CONSULTATION, row=ConsultationRow, handles=(ConsultationReceived,), fold=fold)


def fold(row: ConsultationRow | None, recorded: Recorded[ConsultationReceived]) -> ConsultationRow:
    """The first reception says it."""
    return row or ConsultationRow(recorded.stored.subject, recorded.event.customer_id)


async def customer_of(pool: asyncpg.Pool, ticket_id: TicketId) -> CustomerId | None:
    """Whose consultation it is; none if routing has not heard of it."""
    rows = await fetch(pool, select(CONSULTATION.c.customer_id).where(CONSULTATION.c.ticket_id == ticket_id))
    return rows[0]["customer_id"] if rows else None
