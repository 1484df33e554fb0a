"""What is kept per ticket: the columns that lists, queues and figures ask for, and the document."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Column, DateTime, Integer, MetaData, Table, Text

from ledger_svc.views.tickets.document import Document, empty_document
from shared_events.contracts.base import Tier
from shared_events.contracts.envelope import Recorded

METADATA: Final = MetaData(schema="ledger")
_MOMENT: Final = DateTime(timezone=True)

TICKET: Final = Table(
    "ticket",
    METADATA,
    Column("ticket_id", Text, primary_key=True),
    Column("number", Text),
    Column("customer_id", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("channel", Text),
    Column("importance", Text),
    Column("received_at", _MOMENT, nullable=False),
    Column("contacted_at", _MOMENT),
    Column("expected_reply_at", _MOMENT),
    Column("category", Text),
    Column("request_kind", Text),
    Column("complexity", Text),
    Column("urgency", Text),
    Column("complaint_grade", Text),
    Column("status", Text, nullable=False),
    Column("intake_status", Text, nullable=False),
    Column("withdrawn_at", _MOMENT),
    Column("routing_status", Text),
    Column("routing_status_since", _MOMENT),
    Column("queued_since", _MOMENT),
    Column("paused", Boolean, nullable=False),
    Column("tier", Text),
    Column("team", Text),
    Column("agent_id", Text),
    Column("tiers_touched", Text, nullable=False),
    Column("escalated_cse_pse", Integer, nullable=False),
    Column("escalated_pse_rde", Integer, nullable=False),
    Column("escalated_cse_rde", Integer, nullable=False),
    Column("handed_back_pse_cse", Integer, nullable=False),
    Column("handed_back_rde_pse", Integer, nullable=False),
    Column("handed_back_rde_cse", Integer, nullable=False),
    Column("transfers", Integer, nullable=False),
    Column("waits", Integer, nullable=False),
    Column("rejections", Integer, nullable=False),
    Column("reopenings", Integer, nullable=False),
    Column("document", JSON, nullable=False),
    Column("next_due_at", _MOMENT),
)


class TicketStatus(StrEnum):
    """Where a ticket is, in the words of all services together; that it is paused is said apart."""

    RECEIVED = "received"
    CLASSIFIED = "classified"
    QUEUED = "queued"
    IN_WORK = "in_work"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@dataclass(slots=True)
class TicketRow:
    """A row of `ledger.ticket`; its fields are the table's columns, in their order."""

    ticket_id: str
    number: str | None
    customer_id: str
    origin: str
    channel: str | None
    importance: str | None
    received_at: datetime
    contacted_at: datetime | None = None
    expected_reply_at: datetime | None = None
    category: str | None = None
    request_kind: str | None = None
    complexity: str | None = None
    urgency: str | None = None
    complaint_grade: str | None = None
    status: str = TicketStatus.RECEIVED
    intake_status: str = TicketStatus.RECEIVED
    withdrawn_at: datetime | None = None
    routing_status: str | None = None
    routing_status_since: datetime | None = None
    queued_since: datetime | None = None
    paused: bool = False
    tier: str | None = None
    team: str | None = None
    agent_id: str | None = None
    tiers_touched: str = ""
    escalated_cse_pse: int = 0
    escalated_pse_rde: int = 0
    escalated_cse_rde: int = 0
    handed_back_pse_cse: int = 0
    handed_back_rde_pse: int = 0
    handed_back_rde_cse: int = 0
    transfers: int = 0
    waits: int = 0
    rejections: int = 0
    reopenings: int = 0
    document: Document = field(default_factory=empty_document)
    next_due_at: datetime | None = None

    @classmethod
    def first_seen(cls, recorded: Recorded[Any]) -> "TicketRow":
        """A ticket of which this is the first event; whichever service it came from, the others follow."""
        return cls(
            ticket_id=recorded.stored.subject,
            number=None,
            customer_id="",
            origin=recorded.stored.origin,
            channel=None,
            importance=None,
            received_at=recorded.event.at,
        )

    def learn_whose(self, recorded: Recorded[Any]) -> None:
        """From the first event that says it: SLA's do not, and may come first where another could not be taken in."""
        if not self.customer_id:
            self.customer_id = getattr(recorded.event, "customer_id", "")
            self.origin = recorded.stored.origin

    def move_to(self, status: TicketStatus, at: datetime) -> None:
        """Routing's part of the status changes; waiting in a queue counts from here."""
        self.routing_status = status
        self.routing_status_since = at
        self.queued_since = at if status is TicketStatus.QUEUED else None

    def place(self, tier: Tier, team: str, agent_id: str | None) -> None:
        """The ticket is with this tier and team now, and with this agent if there is one."""
        self.tier = tier
        self.team = team
        self.agent_id = agent_id
        if tier not in self.tiers_touched:
            touched = {*self.tiers_touched.split("+"), tier}
            self.tiers_touched = "+".join(each for each in Tier if each in touched)

    def settle_status(self) -> None:
        """Put the services' parts together: routing's word counts, unless the customer withdrew after it was said."""
        self.status = self.routing_status or self.intake_status
        if self.withdrawn_at is None or self.routing_status_since is None:
            return
        if (
            self.status not in {TicketStatus.CLOSED, TicketStatus.WITHDRAWN}
            and self.withdrawn_at >= self.routing_status_since
        ):
            self.status = TicketStatus.WITHDRAWN


Change = Callable[[TicketRow, Any], None]
"""How one type of event changes a row, in place."""
