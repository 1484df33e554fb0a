"""What intake can be asked to do."""

from dataclasses import dataclass, field

from shared_events.contracts.base import CustomerId, Instant, TicketId
from shared_events.contracts.intake import (
    Category,
    Channel,
    ComplaintGrade,
    Complexity,
    Contact,
    Importance,
    RequestKind,
    Urgency,
)
from shared_events.decider import Command as BaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveConsultation(BaseCommand):
    """A customer asks. `serial` becomes the short number; live, the same decision acknowledges (R1)."""

    customer_id: CustomerId
    serial: int
    channel: Channel
    contacted_at: Instant
    contact: Contact = field(default_factory=Contact)
    content: str | None = None
    language: str = "zh"
    importance: Importance = Importance.NORMAL
    product: str | None = None
    special_needs: str | None = None
    earlier_consultations: tuple[TicketId, ...] = ()
    appointment_at: Instant | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyConsultation(BaseCommand):
    """Say what kind it is. Without `expected_reply_at` it is derived from the table, unless imported."""

    category: Category
    request_kind: RequestKind
    complexity: Complexity
    urgency: Urgency
    complaint_grade: ComplaintGrade | None = None
    requirement: str | None = None
    expected_reply_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseUrgency(BaseCommand):
    """Classify it one step more urgent, and nothing else, because a deadline passed.

    What was classified at that moment or later stays: that took it into account.
    """

    overdue_since: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectConsultation(BaseCommand):
    """Put facts right. An absent field stays as it was."""

    reason: str
    channel: Channel | None = None
    contacted_at: Instant | None = None
    contact: Contact | None = None
    content: str | None = None
    language: str | None = None
    importance: Importance | None = None
    product: str | None = None
    special_needs: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCustomerMessage(BaseCommand):
    """The customer says something more."""

    channel: Channel
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawConsultation(BaseCommand):
    """The customer no longer wants an answer."""

    reason: str | None = None


Command = (
    ReceiveConsultation
    | ClassifyConsultation
    | RaiseUrgency
    | CorrectConsultation
    | AddCustomerMessage
    | WithdrawConsultation
)
