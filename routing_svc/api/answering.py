"""What every route of routing shares: who may write, and how a ticket is answered."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends
from pydantic import BaseModel, Field

from routing_svc.domain.commands import Action, Command
from routing_svc.domain.rules import allowed
from routing_svc.domain.state import Place, Status, Ticket
from shared_events.contracts.base import Tier
from shared_events.contracts.routing import ClosingCause, PauseReason, Resolution, RoutingEvent
from shared_events.http import Role, ShortText, Write, writer
from shared_events.runtime.commands import Aggregate, Handled

Tickets = Aggregate[Command, RoutingEvent, Ticket]
CustomerOf = Callable[[str], Awaitable[str | None]]
AgentWrite = Annotated[Write, Depends(writer(Role.AGENT, Role.LEAD, Role.ADMIN))]

EXAMPLE_ID: Final = "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"

Team = Annotated[
    ShortText,
    Field(
        description="A team of the tier. If absent, the one that had the ticket there before, else the tier's default: "
        "`cse`, `pse` or `rde`.",
        examples=["network"],
    ),
]


def is_lead(write: Write) -> bool:
    """Whether the caller may do what team leaders may."""
    return write.role in {Role.LEAD, Role.ADMIN}


class TicketOut(BaseModel):
    """Where the ticket is in the flow, and what it would accept."""

    ticket_id: str = Field(examples=[EXAMPLE_ID])
    status: Status
    place: Place = Field(description="The box of the flow chart CS/TA06-24 that is to be done next.")
    tier: Tier | None
    team: str | None = Field(examples=["cse"])
    agent_id: str | None = Field(
        description="Who holds the ticket; none while it is in the queue. Of a resolved ticket, who held it last."
    )
    paused: PauseReason | None = Field(description="Whom the ticket waits for.")
    open_answer: int | None = Field(description="The answer that waits for its submission or for its verdict.")
    answers_count: int
    open_case: int | None = Field(description="The technical case that RDE has not answered.")
    resolution: Resolution | None
    closing_cause: ClosingCause | None
    allowed: list[Action] = Field(
        description="The commands that would change the ticket now, for somebody with the right to give them."
    )
    version: int = Field(description="The number of routing's events of this ticket.")

    @classmethod
    def of(cls, handled: Handled[Ticket]) -> "TicketOut":
        """From what the command left behind."""
        ticket = handled.state
        return cls(
            ticket_id=handled.subject,
            status=ticket.status,
            place=ticket.place,
            tier=ticket.tier,
            team=ticket.team,
            agent_id=ticket.agent_id,
            paused=ticket.paused,
            open_answer=ticket.open_answer,
            answers_count=len(ticket.answers),
            open_case=ticket.open_case,
            resolution=ticket.resolution,
            closing_cause=ticket.closing_cause,
            allowed=list(allowed(ticket)),
            version=handled.version,
        )
