"""The case for research and development: `/technical-case`, `/technical-case/answer`."""

from fastapi import APIRouter, Response
from pydantic import Field

from routing_svc.api.answering import AgentWrite, Team, TicketOut, Tickets
from routing_svc.domain.commands import AnswerTechnicalCase, OpenTechnicalCase
from shared_events.http import COMMAND_RESPONSES, CommandBody, Text, TicketPath


class TechnicalCaseIn(CommandBody):
    """What research and development should look at."""

    description: Text | None = Field(None, examples=["Lease renewal fails after an update; log attached to KB-2041."])


class TechnicalCaseAnswerIn(CommandBody):
    """RDE's answer, for the PSE to submit."""

    text: Text = Field(examples=["Firmware 2.4.1 renews the lease; 2.4.0 does not."])
    team: Team | None = Field(None, description="Another PSE team than the one that had the ticket.")


def add_routes(router: APIRouter, tickets: Tickets) -> None:
    """The routes of this file."""

    @router.post("/technical-case", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def open_technical_case(ticket_id: TicketPath, body: TechnicalCaseIn, write: AgentWrite) -> Response:
        """Open and describe the case; the ticket stays. Going to RDE opens one by itself where there is none."""
        command = OpenTechnicalCase(description=body.description, at=write.at(body), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)

    @router.post("/technical-case/answer", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def answer_technical_case(ticket_id: TicketPath, body: TechnicalCaseAnswerIn, write: AgentWrite) -> Response:
        """RDE-20: the ticket returns to the PSE who held it, who submits the answer (PSE-30)."""
        command = AnswerTechnicalCase(text=body.text, team=body.team, at=write.at(body), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)
