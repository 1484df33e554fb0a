"""Events of intake: what a customer asked, by which channel, and what kind of consultation it is."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared_events.contracts.base import CustomerId, Fact, Instant, Personal, TicketId


class Channel(StrEnum):
    """How the customer reached the centre (R1)."""

    TELEPHONE = "telephone"
    CHAT = "chat"
    EMAIL = "email"
    WEB = "web"
    IN_PERSON = "in_person"
    LETTER = "letter"


class Importance(StrEnum):
    """Important customers go up directly (R8)."""

    NORMAL = "normal"
    IMPORTANT = "important"


class Category(StrEnum):
    """What the consultation is about (R2)."""

    PRODUCT_INFORMATION = "product_information"
    BUSINESS_HANDLING = "business_handling"
    TECHNICAL_SUPPORT = "technical_support"
    FEES = "fees"
    COMPLAINT = "complaint"
    OTHER = "other"


class RequestKind(StrEnum):
    """What has to be done about it, the other axis of R2."""

    NEW_DEMAND = "new_demand"
    IN_CONTRACT_SERVICE = "in_contract_service"
    TECHNICAL_DEPARTMENT = "technical_department"
    COMPLAINT = "complaint"
    SCHEDULED_CALLBACK = "scheduled_callback"


class Complexity(StrEnum):
    """A simple question is answered by whoever received it, a complex one is assigned (R3)."""

    SIMPLE = "simple"
    COMPLEX = "complex"


class Urgency(StrEnum):
    """How soon it matters, lowest first."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class ComplaintGrade(StrEnum):
    """The grade that decides how soon a complaint is answered and handled (R5)."""

    A = "A"
    B = "B"


class Contact(BaseModel):
    """How to reach the customer; a name may be an alias (R1)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Personal[str] | None = None
    phone: Personal[str] | None = None
    email: Personal[str] | None = None
    address: Personal[str] | None = None


class ConsultationReceived(Fact):
    """A customer asked. `contacted_at` is when the call was connected, the mail received, the chat opened."""

    customer_id: CustomerId
    number: str
    channel: Channel
    contacted_at: Instant
    contact: Contact = Contact()
    content: Personal[str] | None = None
    language: str = "zh"
    importance: Importance = Importance.NORMAL
    product: str | None = None
    special_needs: Personal[str] | None = None
    earlier_consultations: tuple[TicketId, ...] = ()
    appointment_at: Instant | None = None
    reference: str | None = None
    """The consultation's number in the system it was imported from."""


class ConsultationAcknowledged(Fact):
    """The customer was told when to expect a reply (R1)."""

    customer_id: CustomerId
    expected_reply_at: Instant


class ConsultationCorrected(Fact):
    """Facts of the record were wrong. An absent field stays as it was; the earlier event keeps what was believed."""

    customer_id: CustomerId
    reason: Personal[str]
    channel: Channel | None = None
    contacted_at: Instant | None = None
    contacted_at_before: Instant | None = None
    contact: Contact | None = None
    """Replaces the whole contact."""
    content: Personal[str] | None = None
    language: str | None = None
    importance: Importance | None = None
    product: str | None = None
    special_needs: Personal[str] | None = None


class ConsultationClassified(Fact):
    """What kind of consultation it is. A later classification replaces an earlier one."""

    customer_id: CustomerId
    category: Category
    request_kind: RequestKind
    complexity: Complexity
    urgency: Urgency
    complaint_grade: ComplaintGrade | None = None
    importance: Importance = Importance.NORMAL
    """Repeated from the record, so that routing can send important customers up directly (R8)."""
    requirement: Personal[str] | None = None
    expected_reply_at: Instant | None = None


class CustomerMessageReceived(Fact):
    """The customer wrote or said something more."""

    customer_id: CustomerId
    channel: Channel
    message: Personal[str]


class ConsultationWithdrawn(Fact):
    """The customer no longer wants an answer."""

    customer_id: CustomerId
    reason: Personal[str] | None = None


IntakeEvent = (
    ConsultationReceived
    | ConsultationAcknowledged
    | ConsultationCorrected
    | ConsultationClassified
    | CustomerMessageReceived
    | ConsultationWithdrawn
)
