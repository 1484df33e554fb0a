"""What is found out about a ticket: `/problem`, `/searches`, `/analysis`."""

from fastapi import APIRouter, Response
from pydantic import Field

from routing_svc.api.answering import AgentWrite, TicketOut, Tickets
from routing_svc.domain.commands import RecordAnalysis, RecordProblem, RecordSearch
from shared_events.http import COMMAND_RESPONSES, CommandBody, ShortText, Text, TicketPath


class ProblemIn(CommandBody):
    """The problem, confirmed with the customer."""

    problem: Text = Field(examples=["The gateway drops the connection every night at two."])


class SearchIn(CommandBody):
    """What was looked for, and what was found."""

    query: Text = Field(examples=["X200 connection lost at night"])
    found: list[ShortText] = Field(
        default_factory=list,
        max_length=50,
        description="References of documents or past answers; none says that nothing was found.",
        examples=[["KB-2041"]],
    )


class AnalysisIn(CommandBody):
    """What the analysis showed."""

    analysis: Text = Field(examples=["The lease of the address is not renewed after a firmware update."])


def add_routes(router: APIRouter, tickets: Tickets) -> None:
    """The routes of this file."""

    @router.post("/problem", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def record_problem(ticket_id: TicketPath, body: ProblemIn, write: AgentWrite) -> Response:
        """CSE-10: confirm and record the problem."""
        command = RecordProblem(problem=body.problem, at=write.at(body), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)

    @router.post("/searches", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def record_search(ticket_id: TicketPath, body: SearchIn, write: AgentWrite) -> Response:
        """CSE-20: record a search of the knowledge base and past answers."""
        command = RecordSearch(query=body.query, found=tuple(body.found), at=write.at(body), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)

    @router.post("/analysis", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def record_analysis(ticket_id: TicketPath, body: AnalysisIn, write: AgentWrite) -> Response:
        """PSE-10 and RDE-10: record what the analysis showed."""
        command = RecordAnalysis(analysis=body.analysis, at=write.at(body), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)
