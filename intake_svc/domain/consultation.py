"""The rules of a consultation, from its reception to its withdrawal."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Final, TypeVar, assert_never

from intake_svc.domain.commands import (
    AddCustomerMessage,
    ClassifyConsultation,
    Command,
    CorrectConsultation,
    RaiseUrgency,
    ReceiveConsultation,
    WithdrawConsultation,
)
from intake_svc.domain.expected_reply import reply_after_classification, reply_after_reception
from intake_svc.domain.number import spoken_number
from intake_svc.domain.state import Classification, Consultation, ConsultationStatus, classification_of, evolve
from shared_events.contracts.base import Instant, Origin
from shared_events.contracts.envelope import rfc3339
from shared_events.contracts.intake import (
    Category,
    ConsultationAcknowledged,
    ConsultationClassified,
    ConsultationCorrected,
    ConsultationReceived,
    ConsultationWithdrawn,
    CustomerMessageReceived,
    IntakeEvent,
    Urgency,
)
from shared_events.decider import Decider, Refused, in_the_past

CLOCK_TOLERANCE: Final = timedelta(minutes=2)
"""How far another system's clock may be ahead of ours before a moment counts as lying in the future."""

CORRECTABLE: Final = (
    "channel",
    "contacted_at",
    "contact",
    "content",
    "language",
    "importance",
    "product",
    "special_needs",
)

NEXT_URGENCY: Final = {
    Urgency.LOW: Urgency.NORMAL,
    Urgency.NORMAL: Urgency.HIGH,
    Urgency.HIGH: Urgency.CRITICAL,
    Urgency.CRITICAL: Urgency.CRITICAL,
}
"""It ends, so that breaches which raise the urgency, and urgencies which bring breaches, come to an end too."""

V = TypeVar("V")


class Refusal(StrEnum):
    """Why intake says no."""

    NOT_RECEIVED = "There is no such consultation."
    ALREADY_RECEIVED = "This id belongs to another consultation."
    WITHDRAWN = "The customer withdrew the consultation."
    CONTACTED_IN_THE_FUTURE = "contacted_at lies in the future."
    CONTACTED_AFTER_RECEIVED = "contacted_at is later than the consultation was received."
    APPOINTMENT_IN_THE_PAST = "appointment_at is not later than now."
    EXPECTED_REPLY_IN_THE_PAST = "expected_reply_at is not later than now."
    COMPLAINT_WITHOUT_GRADE = "A complaint needs a complaint_grade."
    GRADE_WITHOUT_COMPLAINT = "Only a complaint has a complaint_grade."
    NOTHING_TO_CORRECT = "The correction names no fact."


def decide(command: Command, consultation: Consultation | None) -> Sequence[IntakeEvent]:
    """`None` is a consultation that was not received."""
    match command:
        case ReceiveConsultation():
            return _receive(command, consultation)
        case _ if consultation is None:
            raise Refused(Refusal.NOT_RECEIVED, allowed=("receive_consultation",))
        case WithdrawConsultation():
            return _withdraw(command, consultation)
        case _ if consultation.status is ConsultationStatus.WITHDRAWN:
            now = f"The consultation {consultation.number} was withdrawn; a new question is a new consultation."
            raise Refused(Refusal.WITHDRAWN, now=now, allowed=("receive_consultation",))
        case ClassifyConsultation():
            return _classify(command, consultation)
        case RaiseUrgency():
            return _raise_urgency(command, consultation)
        case CorrectConsultation():
            return _correct(command, consultation)
        case AddCustomerMessage():
            return _add_message(command, consultation)
        case _:
            assert_never(command)


DECIDER: Final[Decider[Command, IntakeEvent, Consultation | None]] = Decider(initial=None, decide=decide, evolve=evolve)


def _receive(command: ReceiveConsultation, consultation: Consultation | None) -> Sequence[IntakeEvent]:
    number = spoken_number(command.serial)
    if consultation is not None:
        if consultation.number == number:
            return []  # the same consultation came twice
        raise Refused(Refusal.ALREADY_RECEIVED, now=f"It belongs to the consultation {consultation.number}.")
    _refuse_contact_in_the_future(command.contacted_at, command.at)
    if command.origin is Origin.LIVE and command.appointment_at is not None and command.appointment_at <= command.at:
        raise in_the_past(Refusal.APPOINTMENT_IN_THE_PAST, command.at, command.appointment_at)
    received = _reception(command, number)
    return [received] if command.origin is Origin.IMPORT else [received, _acknowledgement(command)]


def _reception(command: ReceiveConsultation, number: str) -> ConsultationReceived:
    return ConsultationReceived(
        at=command.at,
        by=command.by,
        customer_id=command.customer_id,
        number=number,
        channel=command.channel,
        contacted_at=command.contacted_at,
        contact=command.contact,
        content=command.content,
        language=command.language,
        importance=command.importance,
        product=command.product,
        special_needs=command.special_needs,
        earlier_consultations=command.earlier_consultations,
        appointment_at=command.appointment_at,
        reference=command.reference,
    )


def _acknowledgement(command: ReceiveConsultation) -> ConsultationAcknowledged:
    return ConsultationAcknowledged(
        at=command.at,
        by=command.by,
        customer_id=command.customer_id,
        expected_reply_at=reply_after_reception(command.at, command.channel, command.importance),
    )


def _classify(command: ClassifyConsultation, consultation: Consultation) -> Sequence[IntakeEvent]:
    _refuse_wrong_grade(command)
    live = command.origin is Origin.LIVE
    if live and command.expected_reply_at is not None and command.expected_reply_at <= command.at:
        raise in_the_past(Refusal.EXPECTED_REPLY_IN_THE_PAST, command.at, command.expected_reply_at)
    event = ConsultationClassified(
        at=command.at,
        by=command.by,
        customer_id=consultation.customer_id,
        category=command.category,
        request_kind=command.request_kind,
        complexity=command.complexity,
        urgency=command.urgency,
        complaint_grade=command.complaint_grade,
        importance=consultation.importance,
        requirement=command.requirement,
        expected_reply_at=command.expected_reply_at or (_derived_reply(command, consultation) if live else None),
    )
    return [] if _says_nothing_new(command, event, consultation.classification) else [event]


def _raise_urgency(command: RaiseUrgency, consultation: Consultation) -> Sequence[IntakeEvent]:
    """Not of what nobody has classified: there is no urgency to be raised. What the customer was promised stays."""
    known = consultation.classification
    if known is None or NEXT_URGENCY[known.urgency] is known.urgency:
        return []
    assert consultation.classified_at is not None, "a classification has its moment"
    if consultation.classified_at >= command.overdue_since:
        return []  # several deadlines that pass together are one step, and one that is said again is none
    raised = ConsultationClassified(
        at=command.at,
        by=command.by,
        customer_id=consultation.customer_id,
        category=known.category,
        request_kind=known.request_kind,
        complexity=known.complexity,
        urgency=NEXT_URGENCY[known.urgency],
        complaint_grade=known.complaint_grade,
        importance=consultation.importance,
        expected_reply_at=known.expected_reply_at,
    )
    return [raised]


def _refuse_wrong_grade(command: ClassifyConsultation) -> None:
    complaint = command.category is Category.COMPLAINT
    if complaint and command.complaint_grade is None:
        raise Refused(Refusal.COMPLAINT_WITHOUT_GRADE, expected="A or B", found="none")
    if not complaint and command.complaint_grade is not None:
        expected = f"none, because the category is {command.category}"
        raise Refused(Refusal.GRADE_WITHOUT_COMPLAINT, expected=expected, found=command.complaint_grade)


def _derived_reply(command: ClassifyConsultation, consultation: Consultation) -> Instant:
    """Never later than what the customer was told: only a person may loosen a promise (R11)."""
    derived = reply_after_classification(command.at, command.urgency, consultation.importance, command.complaint_grade)
    return min(derived, consultation.promised_reply_at or derived)


def _says_nothing_new(
    command: ClassifyConsultation, event: ConsultationClassified, known: Classification | None
) -> bool:
    """A derived reply time follows the clock, so it alone is no news; a requirement always is: it cannot be read."""
    if known is None or command.requirement is not None:
        return False
    said = classification_of(event)
    if command.expected_reply_at is None:
        said = replace(said, expected_reply_at=known.expected_reply_at)
    return said == known


def _correct(command: CorrectConsultation, consultation: Consultation) -> Sequence[IntakeEvent]:
    if all(getattr(command, fact) is None for fact in CORRECTABLE):
        raise Refused(Refusal.NOTHING_TO_CORRECT, expected=f"one of {', '.join(CORRECTABLE)}", found="none")
    if command.contacted_at is not None:
        _refuse_contact_in_the_future(command.contacted_at, command.at)
        _refuse_contact_after_reception(command.contacted_at, consultation.received_at)
    contacted_at = _changed(command.contacted_at, consultation.contacted_at)
    event = ConsultationCorrected(
        at=command.at,
        by=command.by,
        customer_id=consultation.customer_id,
        reason=command.reason,
        channel=_changed(command.channel, consultation.channel),
        contacted_at=contacted_at,
        contacted_at_before=consultation.contacted_at if contacted_at else None,
        contact=command.contact,
        content=command.content,
        language=_changed(command.language, consultation.language),
        importance=_changed(command.importance, consultation.importance),
        product=_changed(command.product, consultation.product),
        special_needs=command.special_needs,
    )
    return [event] if any(getattr(event, fact) is not None for fact in CORRECTABLE) else []


def _changed(said: V | None, known: V | None) -> V | None:
    return None if said == known else said


def _refuse_contact_in_the_future(contacted_at: Instant, at: Instant) -> None:
    if contacted_at - at > CLOCK_TOLERANCE:
        expected = f"at most {rfc3339(at)}"
        raise Refused(Refusal.CONTACTED_IN_THE_FUTURE, expected=expected, found=rfc3339(contacted_at))


def _refuse_contact_after_reception(contacted_at: Instant, received_at: Instant) -> None:
    if contacted_at - received_at > CLOCK_TOLERANCE:
        expected = f"at most {rfc3339(received_at)}, when it was received"
        raise Refused(Refusal.CONTACTED_AFTER_RECEIVED, expected=expected, found=rfc3339(contacted_at))


def _add_message(command: AddCustomerMessage, consultation: Consultation) -> Sequence[IntakeEvent]:
    message = CustomerMessageReceived(
        at=command.at,
        by=command.by,
        customer_id=consultation.customer_id,
        channel=command.channel,
        message=command.message,
    )
    return [message]


def _withdraw(command: WithdrawConsultation, consultation: Consultation) -> Sequence[IntakeEvent]:
    if consultation.status is ConsultationStatus.WITHDRAWN:
        return []
    withdrawn = ConsultationWithdrawn(
        at=command.at, by=command.by, customer_id=consultation.customer_id, reason=command.reason
    )
    return [withdrawn]
