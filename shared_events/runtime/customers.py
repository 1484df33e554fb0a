"""Whose ticket it is, for a service that writes to a ticket before an event of its own has named the customer."""

from dataclasses import dataclass

import asyncpg
from sqlalchemy import Column, MetaData, Table, Text, select

from shared_events.contracts.base import CustomerId, TicketId
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.intake import ConsultationReceived
from shared_events.runtime.views import TableView, fetch


@dataclass(slots=True)
class CustomerRow:
    """A ticket and its customer, for whom it stays."""

    ticket_id: TicketId
    customer_id: CustomerId


class Customers:
    """What one service keeps of it, in its own schema, from the receptions in the log, imported ones too."""

    def __init__(self, schema: str) -> None:
        self._table = Table(
            "customer",
            MetaData(schema=schema),
            Column("ticket_id", Text, primary_key=True),
            Column("customer_id", Text, nullable=False),
        )

    def view(self) -> TableView[CustomerRow]:
        """One row per ticket."""
        return TableView(self._table, row=CustomerRow, handles=(ConsultationReceived,), fold=fold)

    async def of(self, pool: asyncpg.Pool, ticket_id: TicketId) -> CustomerId | None:
        """Whose ticket it is; none if this service has not heard of it."""
        rows = await fetch(pool, select(self._table.c.customer_id).where(self._table.c.ticket_id == ticket_id))
        return rows[0]["customer_id"] if rows else None


def fold(row: CustomerRow | None, recorded: Recorded[ConsultationReceived]) -> CustomerRow:
    """The first reception says it."""
    return row or CustomerRow(recorded.stored.subject, recorded.event.customer_id)
