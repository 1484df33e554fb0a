"""Receiving a consultation, and what happens to its record."""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response

from intake_svc.api.bodies import (
    ClassificationIn,
    ConsultationIn,
    ConsultationOut,
    CorrectionIn,
    CustomerMessageIn,
    WithdrawalIn,
)
from intake_svc.domain.commands import (
    AddCustomerMessage,
    ClassifyConsultation,
    Command,
    CorrectConsultation,
    ReceiveConsultation,
    WithdrawConsultation,
)
from intake_svc.domain.consultation import Refusal
from intake_svc.domain.state import Consultation
from shared_events.contracts.intake import IntakeEvent
from shared_events.http import COMMAND_RESPONSES, CommandBody, GatedRoute, Role, TicketPath, Write, refuse_fault, writer
from shared_events.runtime.commands import Aggregate, Handled

Consultations = Aggregate[Command, IntakeEvent, Consultation | None]
AgentWrite = Annotated[Write, Depends(writer(Role.AGENT, Role.LEAD, Role.ADMIN))]
AgentReplace = Annotated[Write, Depends(writer(Role.AGENT, Role.LEAD, Role.ADMIN, if_match_required=True))]

_FAULTS: Final[Mapping[StrEnum, str]] = {
    Refusal.CONTACTED_IN_THE_FUTURE: "/contacted_at",
    Refusal.CONTACTED_AFTER_RECEIVED: "/contacted_at",
    Refusal.APPOINTMENT_IN_THE_PAST: "/appointment_at",
    Refusal.EXPECTED_REPLY_IN_THE_PAST: "/expected_reply_at",
    Refusal.COMPLAINT_WITHOUT_GRADE: "/complaint_grade",
    Refusal.GRADE_WITHOUT_COMPLAINT: "/complaint_grade",
    Refusal.NOTHING_TO_CORRECT: "",
}
"""Refusals of what was sent, and of which field."""


def build_router(
    consultations: Consultations, new_id: Callable[[], str], next_serial: Callable[[], Awaitable[int]]
) -> APIRouter:
    """The routes. `new_id` makes ids of tickets, `next_serial` what becomes the short number."""
    router = APIRouter(prefix="/v1/consultations", route_class=GatedRoute, tags=["intake"])
    _route_reception(router, consultations, new_id, next_serial)
    _route_record(router, consultations)
    return router


def _route_reception(
    router: APIRouter,
    consultations: Consultations,
    new_id: Callable[[], str],
    next_serial: Callable[[], Awaitable[int]],
) -> None:
    @router.post("", status_code=201, response_model=ConsultationOut, responses=COMMAND_RESPONSES)
    async def receive_consultation(body: ConsultationIn, write: AgentWrite) -> Response:
        """Receive a consultation; it is acknowledged at once, with the time by which a reply may be expected."""
        customer_id = str(body.customer_id) if body.customer_id else await consultations.new_person()
        command = _reception(body, write, customer_id, await next_serial())
        handled = await consultations.handle(new_id(), command, write, new=True)
        refuse_fault(handled, _FAULTS)
        location = f"/v1/tickets/{handled.subject}"
        return write.answer(handled, ConsultationOut.of, status=201, location=location)


def _route_record(router: APIRouter, consultations: Consultations) -> None:
    @router.post("/{ticket_id}/messages", response_model=ConsultationOut, responses=COMMAND_RESPONSES)
    async def add_customer_message(ticket_id: TicketPath, body: CustomerMessageIn, write: AgentWrite) -> Response:
        """Add what the customer wrote or said later."""
        command = AddCustomerMessage(channel=body.channel, message=body.message, at=write.at(body), by=write.by)
        return _answer(write, await consultations.handle(ticket_id, command, write))

    @router.post("/{ticket_id}/classification", response_model=ConsultationOut, responses=COMMAND_RESPONSES)
    async def classify_consultation(ticket_id: TicketPath, body: ClassificationIn, write: AgentWrite) -> Response:
        """Say what kind of consultation it is; a technical one enters the flow at CSE-10 by itself."""
        command = ClassifyConsultation(**_said(body), at=write.at(body), by=write.by)
        return _answer(write, await consultations.handle(ticket_id, command, write))

    @router.post("/{ticket_id}/corrections", response_model=ConsultationOut, responses=COMMAND_RESPONSES)
    async def correct_consultation(ticket_id: TicketPath, body: CorrectionIn, write: AgentReplace) -> Response:
        """Put facts right. It needs `If-Match`, so that nobody corrects what they have not seen."""
        facts = _said(body) | {"contact": body.contact.contact() if body.contact else None}
        command = CorrectConsultation(**facts, at=write.at(body), by=write.by)
        return _answer(write, await consultations.handle(ticket_id, command, write))

    @router.post("/{ticket_id}/withdrawal", response_model=ConsultationOut, responses=COMMAND_RESPONSES)
    async def withdraw_consultation(ticket_id: TicketPath, body: WithdrawalIn, write: AgentWrite) -> Response:
        """The customer no longer wants an answer."""
        command = WithdrawConsultation(reason=body.reason, at=write.at(body), by=write.by)
        return _answer(write, await consultations.handle(ticket_id, command, write))


def _reception(body: ConsultationIn, write: Write, customer_id: str, serial: int) -> ReceiveConsultation:
    at = write.at(body)
    return ReceiveConsultation(
        at=at,
        by=write.by,
        customer_id=customer_id,
        serial=serial,
        channel=body.channel,
        contacted_at=body.contacted_at or at,
        contact=body.contact.contact(),
        content=body.content,
        language=body.language,
        importance=body.importance,
        product=body.product,
        special_needs=body.special_needs,
        earlier_consultations=tuple(str(ticket_id) for ticket_id in body.earlier_consultations),
        appointment_at=body.appointment_at,
        reference=body.reference,
    )


def _answer(write: Write, handled: Handled[Consultation | None]) -> Response:
    refuse_fault(handled, _FAULTS)
    return write.answer(handled, ConsultationOut.of)


def _said(body: CommandBody) -> dict[str, Any]:
    """The fields that a body and its command share by name."""
    return body.model_dump(exclude={"occurred_at"})
