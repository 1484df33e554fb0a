"""What intake knows of a consultation: its state, folded from its events."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from shared_events.contracts.base import CustomerId, Instant
from shared_events.contracts.intake import (
    Category,
    Channel,
    ComplaintGrade,
    Complexity,
    ConsultationAcknowledged,
    ConsultationClassified,
    ConsultationCorrected,
    ConsultationReceived,
    ConsultationWithdrawn,
    CustomerMessageReceived,
    Importance,
    IntakeEvent,
    RequestKind,
    Urgency,
)


class ConsultationStatus(StrEnum):
    """Where the record stands; the walk of its ticket is routing's."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """What kind of consultation it is, as last classified; `importance` is what the record said then."""

    category: Category
    request_kind: RequestKind
    complexity: Complexity
    urgency: Urgency
    complaint_grade: ComplaintGrade | None
    importance: Importance
    expected_reply_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """The record without its personal texts, which no rule looks at."""

    customer_id: CustomerId
    number: str
    status: ConsultationStatus = ConsultationStatus.OPEN
    channel: Channel
    contacted_at: Instant
    received_at: Instant
    language: str
    importance: Importance
    product: str | None
    promised_reply_at: Instant | None = None
    """What the customer was told."""
    classification: Classification | None = None
    classified_at: Instant | None = None
    """When it was last said."""
    messages_count: int = 0

    @property
    def expected_reply_at(self) -> Instant | None:
        """What the classification says, else what the customer was told."""
        classified = self.classification and self.classification.expected_reply_at
        return classified or self.promised_reply_at


def evolve(consultation: Consultation | None, event: IntakeEvent) -> Consultation | None:
    """Nothing happens to a consultation that was not received."""
    match event:
        case ConsultationReceived():
            return _received(event)
        case _ if consultation is None:
            return None
        case ConsultationAcknowledged():
            return replace(consultation, promised_reply_at=event.expected_reply_at)
        case ConsultationClassified():
            return replace(consultation, classification=classification_of(event), classified_at=event.at)
        case ConsultationCorrected():
            return _corrected(consultation, event)
        case CustomerMessageReceived():
            return replace(consultation, messages_count=consultation.messages_count + 1)
        case ConsultationWithdrawn():
            return replace(consultation, status=ConsultationStatus.WITHDRAWN)
        case _:
            assert_never(event)


def classification_of(event: ConsultationClassified) -> Classification:
    """What the event says, without its personal text."""
    return Classification(
        category=event.category,
        request_kind=event.request_kind,
        complexity=event.complexity,
        urgency=event.urgency,
        complaint_grade=event.complaint_grade,
        importance=event.importance,
        expected_reply_at=event.expected_reply_at,
    )


def _received(event: ConsultationReceived) -> Consultation:
    return Consultation(
        customer_id=event.customer_id,
        number=event.number,
        channel=event.channel,
        contacted_at=event.contacted_at,
        received_at=event.at,
        language=event.language,
        importance=event.importance,
        product=event.product,
    )


def _corrected(consultation: Consultation, event: ConsultationCorrected) -> Consultation:
    return replace(
        consultation,
        channel=event.channel or consultation.channel,
        contacted_at=event.contacted_at or consultation.contacted_at,
        language=event.language or consultation.language,
        importance=event.importance or consultation.importance,
        product=event.product or consultation.product,
    )
