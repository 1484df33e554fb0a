"""What the ledger answers with."""

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from ledger_svc.views.tickets.document import (
    Analysis,
    Answer,
    Callback,
    Clock,
    Contact,
    Correction,
    Ending,
    Happening,
    Message,
    Notice,
    Pause,
    Reopening,
    Search,
    TechnicalCase,
)
from ledger_svc.views.tickets.row import TicketStatus
from shared_events.contracts.base import Origin, Step, Tier
from shared_events.contracts.intake import (
    Category,
    Channel,
    ComplaintGrade,
    Complexity,
    Importance,
    RequestKind,
    Urgency,
)

_OPENED: Final = ConfigDict(hide_input_in_errors=True)
"""Of what is made of opened texts: an error must not carry them into the logs."""


class TicketSummaryOut(BaseModel):
    """A ticket as lists show it: nothing personal but the customer's id."""

    ticket_id: str
    number: str | None = Field(description="The short number, to be read aloud.")
    customer_id: str
    origin: Origin = Field(description="Recorded live, or imported from an older system.")
    channel: Channel | None
    importance: Importance | None
    received_at: datetime
    contacted_at: datetime | None = Field(description="When the call was connected, the mail came, the chat opened.")
    expected_reply_at: datetime | None
    category: Category | None
    request_kind: RequestKind | None
    complexity: Complexity | None
    urgency: Urgency | None
    complaint_grade: ComplaintGrade | None
    status: TicketStatus
    paused: bool = Field(description="Whether it waits for somebody.")
    tier: Tier | None
    team: str | None
    agent_id: str | None = Field(description="Who holds it, or held it when it was resolved.")
    queued_since: datetime | None = Field(description="Since when it waits in its queue.")
    next_due_at: datetime | None = Field(description="The earliest deadline of its clocks that run, even if passed.")
    behind: bool = Field(description="Events of it could not be taken in; what is said here is not up to date.")


class TicketDetailOut(TicketSummaryOut):
    """A ticket as it is now. Personal texts read `[masked]` for roles that only count, `[erased]` for the forgotten."""

    model_config = _OPENED

    versions: dict[str, int] = Field(description="The version of each service's stream; together they are the ETag.")
    tiers_touched: list[Tier]
    escalations: int
    hand_backs: int
    transfers: int
    waits: int
    rejections: int
    reopenings_count: int
    reference: str | None = Field(description="Its number in the system that it came from.")
    language: str | None
    product: str | None
    contact: Contact
    content: str | None
    special_needs: str | None
    requirement: str | None
    earlier_consultations: list[str]
    appointment_at: datetime | None
    received: Happening | None
    corrections: list[Correction]
    messages: list[Message] = Field(description="What the customer added.")
    withdrawal: Ending | None
    problem: Analysis | None = Field(description="CSE-10.")
    searches: list[Search] = Field(description="CSE-20.")
    analyses: list[Analysis] = Field(description="PSE-10 and RDE-10.")
    answers: list[Answer]
    technical_cases: list[TechnicalCase]
    notices: list[Notice] = Field(description="What the customer was told and that is no answer.")
    pauses: list[Pause] = Field(description="Whom it waits for at present.")
    resolution: Ending | None
    closing: Ending | None
    reopenings: list[Reopening]
    callbacks: list[Callback] = Field(description="CCE-10.")
    clocks: list[Clock] = Field(description="Of SLA: what runs, by when it is due; what stands still; what is over.")


class TicketsOut(BaseModel):
    """A page of tickets."""

    items: list[TicketSummaryOut]
    next_cursor: str | None = Field(description="Absent on the last page.")


class StepOut(BaseModel):
    """One thing that happened to a ticket."""

    service: str
    version: int = Field(description="Its number in the service's stream of this ticket.")
    type: str
    step: Step | None = Field(description="The box of the flow chart CS/TA06-24, where there is one.")
    occurred_at: datetime
    recorded_at: datetime
    by: str
    origin: Origin
    sentence: str
    details: dict[str, Any] = Field(description="What the event says, without the personal texts.")
    texts: dict[str, str] = Field(description="The personal texts of the event, by the names of their fields.")


class TimelineOut(BaseModel):
    """A page of what happened to a ticket, in the order in which it happened."""

    model_config = _OPENED

    ticket_id: str
    items: list[StepOut]
    next_cursor: str | None = Field(description="Absent on the last page.")


class QueueOut(BaseModel):
    """The tickets that wait for somebody of one team of one tier."""

    tier: Tier
    team: str
    tickets: int
    paused: int = Field(description="How many of them wait for somebody else first.")
    oldest_wait_since: datetime


class QueuesOut(BaseModel):
    """The queues that are not empty."""

    items: list[QueueOut]


class DeskOut(BaseModel):
    """What an agent holds."""

    agent_id: str
    in_work: int
    paused: int = Field(description="How many of those in work wait for somebody.")
    answered: int = Field(description="How many await the customer's verdict.")
    tickets: list[TicketSummaryOut] = Field(description="Those received first, at most 100.")


class MoveOut(BaseModel):
    """How often tickets went from one tier to another."""

    from_tier: Tier
    to_tier: Tier
    events: int


class TiersTouchedOut(BaseModel):
    """How many tickets were with exactly these tiers."""

    tiers: list[Tier]
    tickets: int


class OccurrencesOut(BaseModel):
    """How often something happened, and to how many tickets."""

    events: int
    tickets: int


class FiguresOut(BaseModel):
    """The centre in numbers."""

    tickets: int
    tiers_touched: list[TiersTouchedOut]
    escalations: list[MoveOut]
    hand_backs: list[MoveOut]
    transfers: int
    waits: OccurrencesOut = Field(description="Another reason is another wait.")
    refused_verdicts: OccurrencesOut
    reopenings: OccurrencesOut
    refused_or_reopened_tickets: int
    last_states: dict[TicketStatus, int]
    still_open: int = Field(description="Tickets that are neither answered nor over.")
