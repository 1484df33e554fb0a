"""Up, down and sideways: `/no-answer`, `/escalation`, `/hand-back`, `/transfer`."""

from fastapi import APIRouter, Response
from pydantic import Field

from routing_svc.api.answering import AgentWrite, Team, TicketOut, Tickets
from routing_svc.domain.commands import EscalateTicket, HandBackTicket, ReportNoAnswer, TransferTicket
from shared_events.contracts.base import Tier
from shared_events.http import COMMAND_RESPONSES, CommandBody, ShortText, Text, TicketPath


class NoAnswerIn(CommandBody):
    """No answer was found."""

    reason: Text | None = Field(None, examples=["Not in the knowledge base, not reproducible here."])
    team: Team | None = None


class EscalationIn(CommandBody):
    """Up one tier; past a tier needs a reason."""

    tier: Tier | None = Field(None, description="The next tier, if absent.")
    team: Team | None = None
    reason: Text | None = Field(None, description="Needed where a tier is skipped.")


class HandBackIn(CommandBody):
    """Down one tier; past a tier needs a reason."""

    tier: Tier | None = Field(None, description="The tier below, if absent.")
    team: Team | None = None
    reason: Text | None = Field(None, description="Needed where a tier is skipped.")


class TransferIn(CommandBody):
    """To another team of the same tier."""

    team: ShortText = Field(examples=["network"])
    told_customer: Text | None = Field(
        None,
        description="What the customer was told about the reason; a transfer without it is refused (R8).",
        examples=["A colleague who knows this gateway takes over."],
    )
    reason: Text | None = Field(None, description="What colleagues should know.")


def add_routes(router: APIRouter, tickets: Tickets) -> None:
    """The routes of this file."""

    @router.post("/no-answer", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def report_no_answer(ticket_id: TicketPath, body: NoAnswerIn, write: AgentWrite) -> Response:
        """CSE-30 and PSE-20, no: the ticket goes up, from PSE with a technical case."""
        command = ReportNoAnswer(reason=body.reason, team=body.team, at=write.at(body), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)

    @router.post("/escalation", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def escalate_ticket(ticket_id: TicketPath, body: EscalationIn, write: AgentWrite) -> Response:
        """Hand the ticket up (R8). Whatever comes to RDE has a technical case."""
        command = EscalateTicket(tier=body.tier, team=body.team, reason=body.reason, at=write.at(body), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)

    @router.post("/hand-back", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def hand_back_ticket(ticket_id: TicketPath, body: HandBackIn, write: AgentWrite) -> Response:
        """Hand the ticket down."""
        command = HandBackTicket(tier=body.tier, team=body.team, reason=body.reason, at=write.at(body), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)

    @router.post("/transfer", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def transfer_ticket(ticket_id: TicketPath, body: TransferIn, write: AgentWrite) -> Response:
        """Hand the ticket to another team of its tier, and tell the customer why."""
        command = TransferTicket(
            team=body.team, told_customer=body.told_customer, reason=body.reason, at=write.at(body), by=write.by
        )
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)
