"""A ticket's life: `/notices`, `/pause`, `/resolution`, `/reopening`, `/closing`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Response
from pydantic import Field

from routing_svc.api.answering import AgentWrite, Team, TicketOut, Tickets
from routing_svc.domain.commands import (
    CloseTicket,
    InformCustomer,
    PauseTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
)
from shared_events.contracts.base import Tier
from shared_events.contracts.routing import PauseReason, ReopeningCause, Resolution
from shared_events.http import COMMAND_RESPONSES, CommandBody, Text, TicketPath


class NoticeIn(CommandBody):
    """A message to the customer that is not an answer (R11)."""

    message: Text = Field(examples=["We need one more day; we will call you tomorrow before noon."])


class PauseIn(CommandBody):
    """Whom the ticket waits for."""

    reason: PauseReason
    note: Text | None = Field(None, examples=["Customer sends the log file."])


class ResolutionIn(CommandBody):
    """Why nothing more is to be done, where no verdict says it."""

    resolution: Literal[Resolution.NO_VERDICT, Resolution.NO_ANSWER_NEEDED, Resolution.NO_ANSWER_POSSIBLE]
    note: Text | None = None


class ReopeningIn(CommandBody):
    """Why work begins again."""

    cause: ReopeningCause
    tier: Tier | None = Field(None, description="The tier that had the ticket last, if absent.")
    team: Team | None = None
    note: Text | None = None


def add_routes(router: APIRouter, tickets: Tickets) -> None:
    """The routes of this file."""
    _add_waiting(router, tickets)
    _add_ends(router, tickets)


def _add_waiting(router: APIRouter, tickets: Tickets) -> None:
    @router.post("/notices", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def inform_customer(ticket_id: TicketPath, body: NoticeIn, write: AgentWrite) -> Response:
        """Record what the customer was told, other than an answer."""
        command = InformCustomer(message=body.message, at=write.at(body), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)

    @router.post("/pause", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def pause_ticket(ticket_id: TicketPath, body: PauseIn, write: AgentWrite) -> Response:
        """Let the ticket wait; another reason replaces the one before. A move or an answer ends the wait."""
        command = PauseTicket(reason=body.reason, note=body.note, at=write.at(body), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)

    @router.delete("/pause", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def resume_ticket(
        ticket_id: TicketPath, write: AgentWrite, body: Annotated[CommandBody | None, Body()] = None
    ) -> Response:
        """The wait is over; harmless where there is none."""
        command = ResumeTicket(at=write.at(body or CommandBody()), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)


def _add_ends(router: APIRouter, tickets: Tickets) -> None:
    @router.post("/resolution", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def resolve_ticket(ticket_id: TicketPath, body: ResolutionIn, write: AgentWrite) -> Response:
        """Resolve without the customer's verdict. An accepted answer resolves the ticket by itself."""
        command = ResolveTicket(resolution=body.resolution, note=body.note, at=write.at(body), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)

    @router.post("/reopening", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def reopen_ticket(ticket_id: TicketPath, body: ReopeningIn, write: AgentWrite) -> Response:
        """Begin again. A customer whom the callback found dissatisfied reopens the ticket without a request."""
        command = ReopenTicket(
            cause=body.cause, tier=body.tier, team=body.team, note=body.note, at=write.at(body), by=write.by
        )
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)

    @router.post("/closing", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def close_ticket(ticket_id: TicketPath, body: CommandBody, write: AgentWrite) -> Response:
        """Close a resolved ticket."""
        command = CloseTicket(at=write.at(body), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)
