"""How intake's events change the ticket: who asked what, by which channel, and of what kind it is."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from ledger_svc.views.tickets.document import Correction, contact_of, happening, moment, moment_or_none
from ledger_svc.views.tickets.row import Change, TicketRow, TicketStatus
from shared_events.contracts.base import Fact
from shared_events.contracts.intake import (
    ConsultationAcknowledged,
    ConsultationClassified,
    ConsultationCorrected,
    ConsultationReceived,
    ConsultationWithdrawn,
    CustomerMessageReceived,
)

RAISER: Final = "system:intake"
"""Who raises the urgency after a breach; a program cannot repeat the requirement, which is sealed."""


class _Changed(NamedTuple):
    """One fact that a correction replaces; `sealed` says that it is a personal text."""

    field: str
    before: str | None
    after: str | None
    sealed: bool = False


def _received(ticket: TicketRow, event: ConsultationReceived) -> None:
    ticket.number = event.number
    ticket.channel = event.channel
    ticket.importance = event.importance
    ticket.received_at = event.at
    ticket.contacted_at = event.contacted_at
    document = ticket.document
    document["reference"] = event.reference
    document["language"] = event.language
    document["product"] = event.product
    document["contact"] = contact_of(event.contact)
    document["content"] = event.content
    document["special_needs"] = event.special_needs
    document["earlier_consultations"] = list(event.earlier_consultations)
    document["appointment_at"] = moment_or_none(event.appointment_at)
    document["received"] = happening(event)


def _acknowledged(ticket: TicketRow, event: ConsultationAcknowledged) -> None:
    ticket.expected_reply_at = event.expected_reply_at


def _classified(ticket: TicketRow, event: ConsultationClassified) -> None:
    ticket.category = event.category
    ticket.request_kind = event.request_kind
    ticket.complexity = event.complexity
    ticket.urgency = event.urgency
    ticket.complaint_grade = event.complaint_grade
    ticket.expected_reply_at = event.expected_reply_at or ticket.expected_reply_at
    if event.by != RAISER:
        ticket.document["requirement"] = event.requirement
    if ticket.intake_status == TicketStatus.RECEIVED:
        ticket.intake_status = TicketStatus.CLASSIFIED


def _message_received(ticket: TicketRow, event: CustomerMessageReceived) -> None:
    ticket.document["messages"].append({"channel": event.channel, "text": event.message, "received": happening(event)})


def _withdrawn(ticket: TicketRow, event: ConsultationWithdrawn) -> None:
    ticket.intake_status = TicketStatus.WITHDRAWN
    ticket.withdrawn_at = event.at
    ticket.document["withdrawal"] = {"cause": "withdrawn", "note": event.reason, "ended": happening(event)}


def _corrected(ticket: TicketRow, event: ConsultationCorrected) -> None:
    changes = (*_correct_facts(ticket, event), *_correct_texts(ticket, event), *_correct_contact(ticket, event))
    ticket.document["corrections"].extend(
        Correction(
            field=change.field,
            before=change.before,
            after=change.after,
            sealed=change.sealed,
            reason=event.reason,
            corrected=happening(event),
        )
        for change in changes
    )


def _correct_facts(ticket: TicketRow, event: ConsultationCorrected) -> Iterator[_Changed]:
    if event.channel is not None:
        yield _Changed("channel", ticket.channel, event.channel)
        ticket.channel = event.channel
    if event.importance is not None:
        yield _Changed("importance", ticket.importance, event.importance)
        ticket.importance = event.importance
    if event.contacted_at is not None:
        yield _Changed("contacted_at", moment_or_none(ticket.contacted_at), moment(event.contacted_at))
        ticket.contacted_at = event.contacted_at


def _correct_texts(ticket: TicketRow, event: ConsultationCorrected) -> Iterator[_Changed]:
    document = ticket.document
    if event.language is not None:
        yield _Changed("language", document["language"], event.language)
        document["language"] = event.language
    if event.product is not None:
        yield _Changed("product", document["product"], event.product)
        document["product"] = event.product
    if event.content is not None:
        yield _Changed("content", document["content"], event.content, sealed=True)
        document["content"] = event.content
    if event.special_needs is not None:
        yield _Changed("special_needs", document["special_needs"], event.special_needs, sealed=True)
        document["special_needs"] = event.special_needs


def _correct_contact(ticket: TicketRow, event: ConsultationCorrected) -> Iterator[_Changed]:
    if event.contact is None:
        return
    known, said = ticket.document["contact"], contact_of(event.contact)
    for (name, before), after in zip(known.items(), said.values(), strict=True):
        if before != after:
            yield _Changed(f"contact.{name}", _text(before), _text(after), sealed=True)
    ticket.document["contact"] = said


def _text(value: object) -> str | None:
    """The values of a typed dictionary lose their type when they are iterated over."""
    return None if value is None else str(value)


FROM_INTAKE: Final[Mapping[type[Fact], Change]] = {
    ConsultationReceived: _received,
    ConsultationAcknowledged: _acknowledged,
    ConsultationClassified: _classified,
    ConsultationCorrected: _corrected,
    CustomerMessageReceived: _message_received,
    ConsultationWithdrawn: _withdrawn,
}
