"""The view of tickets: which events it takes, and how one changes a row."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import MetaData

from ledger_svc.views.tickets.clocks import next_due_at
from ledger_svc.views.tickets.from_feedback import FROM_FEEDBACK
from ledger_svc.views.tickets.from_intake import FROM_INTAKE
from ledger_svc.views.tickets.from_routing import FROM_ROUTING
from ledger_svc.views.tickets.from_sla import FROM_SLA
from ledger_svc.views.tickets.row import TICKET, Change, TicketRow
from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded
from shared_events.runtime.views import TableView

CHANGES: Final[Mapping[type[Fact], Change]] = {**FROM_INTAKE, **FROM_ROUTING, **FROM_SLA, **FROM_FEEDBACK}


def fold(ticket: TicketRow | None, recorded: Recorded[Any]) -> TicketRow:
    """The ticket after one more event. One that was taken in before is passed over: the row knows the versions."""
    row = TicketRow.first_seen(recorded) if ticket is None else ticket
    stored, versions = recorded.stored, row.document["versions"]
    row.learn_whose(recorded)
    if stored.version <= versions.get(stored.source, 0):
        return row
    CHANGES[type(recorded.event)](row, recorded.event)
    versions[stored.source] = stored.version
    row.settle_status()
    row.next_due_at = next_due_at(row.document.get("clocks", ()))
    return row


def ticket_view(schema: str = "ledger") -> TableView[TicketRow]:
    """One row per ticket, from the events of every service. A rebuild writes into a schema of its own."""
    table = TICKET if schema == TICKET.schema else TICKET.to_metadata(MetaData(), schema=schema)
    return TableView(table, row=TicketRow, handles=CHANGES, fold=fold)
