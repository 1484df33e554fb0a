"""What callers of intake send, and what they get back."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from intake_svc.domain.state import Classification, Consultation, ConsultationStatus
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
from shared_events.http import CommandBody, Moment, ShortText, Text
from shared_events.runtime.commands import Handled

_EXAMPLE_ID: Final = "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"

Language = Annotated[
    str,
    Field(
        pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$",
        description="The customer's language (BCP 47).",
        examples=["zh", "en", "zh-Hant"],
    ),
]
EmailAddress = Annotated[
    str, Field(pattern=r"^[^@\s\x00]+@[^@\s\x00]+$", max_length=200, examples=["chen.wei@example.com"])
]


class ContactIn(BaseModel):
    """How to reach the customer. All of it is sealed under the customer's key."""

    model_config = ConfigDict(extra="forbid")

    name: ShortText | None = Field(None, description="A name or an alias.", examples=["陈伟"])
    phone: ShortText | None = Field(None, examples=["+86 10 5555 0100"])
    email: EmailAddress | None = None
    address: ShortText | None = None

    def contact(self) -> Contact:
        """As the contract says it."""
        return Contact(name=self.name, phone=self.phone, email=self.email, address=self.address)


class ConsultationIn(CommandBody):
    """One customer asks for help once (R1)."""

    channel: Channel = Field(description="How the customer reached the centre.")
    content: Text = Field(
        description="What the customer asked, in full.", examples=["The invoice of February counts one licence twice."]
    )
    contacted_at: Moment | None = Field(
        None,
        description="When the call was connected, the mail received, the chat opened. Just now, if absent. At most two "
        "minutes in the future, as clocks differ.",
    )
    customer_id: UUID | None = Field(
        None,
        description="A known customer, as an earlier answer gave it. A new customer, if absent.",
        examples=[_EXAMPLE_ID],
    )
    contact: ContactIn = Field(default_factory=ContactIn)
    language: Language = "zh"
    importance: Importance = Field(Importance.NORMAL, description="Important customers go up directly (R8).")
    product: ShortText | None = Field(None, examples=["Gateway X200"])
    special_needs: Text | None = Field(None, examples=["Hard of hearing: write, do not call."])
    earlier_consultations: list[UUID] = Field(
        default_factory=list, max_length=50, description="The ticket ids of what the customer asked before."
    )
    appointment_at: Moment | None = Field(None, description="The appointment that the customer wants (R20).")
    reference: ShortText | None = Field(None, description="Its number in another system.", examples=["CRM-2026-118"])


class CustomerMessageIn(CommandBody):
    """The customer wrote or said something more."""

    channel: Channel
    message: Text = Field(examples=["It happened again this morning."])


class ClassificationIn(CommandBody):
    """What kind of consultation it is (R2, R3). A later classification replaces an earlier one."""

    category: Category
    request_kind: RequestKind
    complexity: Complexity
    urgency: Urgency
    complaint_grade: ComplaintGrade | None = Field(None, description="Exactly for the category complaint (R5).")
    requirement: Text | None = Field(None, description="What is asked of whoever is assigned (R3).")
    expected_reply_at: Moment | None = Field(
        None, description="When a reply is expected. If absent, it follows from urgency, grade and importance."
    )


class CorrectionIn(CommandBody):
    """Facts that were wrong. An absent field stays as it was; what was believed before is kept."""

    reason: Text = Field(examples=["The call came in before lunch, not after."])
    channel: Channel | None = None
    contacted_at: Moment | None = None
    contact: ContactIn | None = Field(None, description="Replaces the whole contact.")
    content: Text | None = None
    language: Language | None = None
    importance: Importance | None = None
    product: ShortText | None = None
    special_needs: Text | None = None


class WithdrawalIn(CommandBody):
    """The customer no longer wants an answer."""

    reason: Text | None = Field(None, examples=["Found it in the manual."])


class AcknowledgementOut(BaseModel):
    """What the customer was told on reception (R1)."""

    expected_reply_at: datetime = Field(description="Until when the customer was promised a reply.")


class ClassificationOut(BaseModel):
    """The last classification."""

    category: Category
    request_kind: RequestKind
    complexity: Complexity
    urgency: Urgency
    complaint_grade: ComplaintGrade | None
    importance: Importance = Field(description="What the record said when it was classified.")
    expected_reply_at: datetime | None

    @classmethod
    def of(cls, known: Classification) -> "ClassificationOut":
        """From the state."""
        return cls(
            category=known.category,
            request_kind=known.request_kind,
            complexity=known.complexity,
            urgency=known.urgency,
            complaint_grade=known.complaint_grade,
            importance=known.importance,
            expected_reply_at=known.expected_reply_at,
        )


class ConsultationOut(BaseModel):
    """The record as intake knows it, without its texts: those are read with the ticket."""

    ticket_id: str = Field(examples=[_EXAMPLE_ID])
    number: str = Field(description="To be read aloud; the last digit is a check digit.", examples=["1002-0034-0"])
    customer_id: str = Field(examples=[_EXAMPLE_ID])
    status: ConsultationStatus
    channel: Channel
    contacted_at: datetime
    received_at: datetime
    language: str
    importance: Importance
    product: str | None
    messages_count: int = Field(description="How many messages the customer added.")
    acknowledgement: AcknowledgementOut | None = Field(description="Absent for what an older system brought in.")
    classification: ClassificationOut | None
    expected_reply_at: datetime | None = Field(description="As classified, else as the customer was told.")

    @classmethod
    def of(cls, handled: Handled[Consultation | None]) -> "ConsultationOut":
        """From what the command left behind."""
        known = handled.state
        assert known is not None, f"expected {handled.subject} to have been received"
        promised, classified = known.promised_reply_at, known.classification
        return cls(
            ticket_id=handled.subject,
            number=known.number,
            customer_id=known.customer_id,
            status=known.status,
            channel=known.channel,
            contacted_at=known.contacted_at,
            received_at=known.received_at,
            language=known.language,
            importance=known.importance,
            product=known.product,
            messages_count=known.messages_count,
            acknowledgement=AcknowledgementOut(expected_reply_at=promised) if promised else None,
            classification=ClassificationOut.of(classified) if classified else None,
            expected_reply_at=known.expected_reply_at,
        )
