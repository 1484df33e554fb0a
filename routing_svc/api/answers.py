"""Answers and what the customer says to them: `/answers`, `/answers/{n}/submission`, `/answers/{n}/verdict`."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import Field, StrictBool, model_validator

from routing_svc.api.answering import AgentWrite, Team, TicketOut, Tickets, is_lead
from routing_svc.domain.commands import AcceptAnswer, ProposeAnswer, RejectAnswer, SubmitAnswer
from shared_events.contracts.routing import AnswerException
from shared_events.http import COMMAND_RESPONSES, CommandBody, Text, TicketPath

NumberPath = Annotated[
    int, Path(description="The number of the answer; a ticket's answers count from 1.", ge=1, le=1_000_000)
]


class AnswerIn(CommandBody):
    """An answer to submit later."""

    text: Text = Field(examples=["Update the firmware to 2.4.1, then restart the gateway."])


class SubmissionIn(CommandBody):
    """The proposed answer goes out as it is."""

    exception: AnswerException | None = Field(
        None, description="Only from RDE, only by team leaders: RDE itself answers the customer."
    )
    text: Text | None = Field(None, description="Exactly with the exception, which has no proposal before it.")


class VerdictIn(CommandBody):
    """What the customer says to the answer."""

    accepted: StrictBool = Field(examples=[False])
    reason: Text | None = Field(None, description="Why it was refused.", examples=["It still happens."])
    team: Team | None = Field(None, description="The team of the next tier that gets a ticket after a refusal.")

    @model_validator(mode="after")
    def _only_a_refusal_has_a_reason(self) -> "VerdictIn":
        if self.accepted and (self.reason is not None or self.team is not None):
            raise ValueError("reason and team are expected only where accepted is false")
        return self


def add_routes(router: APIRouter, tickets: Tickets) -> None:
    """The routes of this file."""

    @router.post("/answers", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def propose_answer(ticket_id: TicketPath, body: AnswerIn, write: AgentWrite) -> Response:
        """CSE-30 and PSE-20, answer found. Its number is `open_answer`; a second proposal replaces the first."""
        command = ProposeAnswer(text=body.text, at=write.at(body), by=write.by)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)

    @router.post("/answers/{n}/submission", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def submit_answer(ticket_id: TicketPath, n: NumberPath, body: SubmissionIn, write: AgentWrite) -> Response:
        """CSE-40 and PSE-30: submit the proposed answer. The exception at RDE takes the next free number."""
        command = SubmitAnswer(
            answer=n,
            exception=body.exception,
            text=body.text,
            by_lead=is_lead(write),
            at=write.at(body),
            by=write.by,
        )
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)

    @router.post("/answers/{n}/verdict", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def record_verdict(ticket_id: TicketPath, n: NumberPath, body: VerdictIn, write: AgentWrite) -> Response:
        """CSE-50 and PSE-40: accepted resolves the ticket, refused sends it up."""
        command = _verdict(n, body, write)
        return write.answer(await tickets.handle(ticket_id, command, write), TicketOut.of)


def _verdict(n: int, body: VerdictIn, write: AgentWrite) -> AcceptAnswer | RejectAnswer:
    if body.accepted:
        return AcceptAnswer(answer=n, at=write.at(body), by=write.by)
    return RejectAnswer(answer=n, reason=body.reason, team=body.team, at=write.at(body), by=write.by)
