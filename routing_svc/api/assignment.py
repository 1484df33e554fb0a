"""Who works on a ticket: `/assignment`."""

from typing import Annotated

from fastapi import APIRouter, Body, Response
from pydantic import Field

from routing_svc.api.answering import AgentWrite, TicketOut, Tickets, is_lead
from routing_svc.domain.commands import AssignTicket, ReleaseTicket
from shared_events.http import COMMAND_RESPONSES, CommandBody, Identifier, Text, TicketPath


class AssignmentIn(CommandBody):
    """Who takes the ticket."""

    agent_id: Identifier | None = Field(
        None, description="The agent's id; the caller's own, if absent.", examples=["agent-117"]
    )


class ReleaseIn(CommandBody):
    """Why the ticket goes back into the queue."""

    reason: Text | None = Field(None, examples=["End of my shift."])


def add_routes(router: APIRouter, tickets: Tickets) -> None:
    """The routes of this file."""

    @router.post("/assignment", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def assign_ticket(ticket_id: TicketPath, body: AssignmentIn, write: AgentWrite) -> Response:
        """Claim the ticket or give it to somebody. From another agent, only team leaders take it."""
        command = AssignTicket(
            agent_id=body.agent_id or write.by, by_lead=is_lead(write), at=write.at(body), by=write.by
        )
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)

    @router.delete("/assignment", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def release_ticket(
        ticket_id: TicketPath, write: AgentWrite, body: Annotated[ReleaseIn | None, Body()] = None
    ) -> Response:
        """Put the ticket back into its team's queue; for another agent, only team leaders do."""
        said = body or ReleaseIn()
        command = ReleaseTicket(reason=said.reason, by_lead=is_lead(write), at=write.at(said), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)
