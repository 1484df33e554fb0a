"""Into the flow by hand: `/routing`. A technical consultation needs no request, its classification routes it."""

from fastapi import APIRouter, Response
from pydantic import Field

from routing_svc.api.answering import AgentWrite, CustomerOf, Team, TicketOut, Tickets
from routing_svc.domain.commands import RouteTicket
from routing_svc.domain.state import Ticket
from shared_events.contracts.base import Tier
from shared_events.contracts.routing import DirectReason
from shared_events.http import COMMAND_RESPONSES, CommandBody, Problem, Text, TicketPath
from shared_events.runtime.commands import Handled


class RoutingIn(CommandBody):
    """Where the ticket enters the flow. Directly to a higher tier needs `direct_reason`, `reason`, or both (R8)."""

    tier: Tier = Tier.CSE
    team: Team | None = None
    direct_reason: DirectReason | None = Field(None, description="Why it goes to a higher tier directly.")
    reason: Text | None = Field(None, examples=["The whole site is down; CSE cannot help here."])


def add_routes(router: APIRouter, tickets: Tickets, customer_of: CustomerOf) -> None:
    """The route of this file."""

    @router.post("/routing", response_model=TicketOut, responses=COMMAND_RESPONSES)
    async def route_ticket(ticket_id: TicketPath, body: RoutingIn, write: AgentWrite) -> Response:
        """Let a ticket that is not technical enter the flow, or send any directly to a higher tier (R8)."""
        await write.expected_version("routing")  # first catch up with the Zixun-Position that the caller has seen
        command = RouteTicket(
            customer_id=_known(await customer_of(ticket_id), ticket_id),
            tier=body.tier,
            team=body.team,
            reason=body.reason,
            direct_reason=body.direct_reason,
            at=write.at(body),
            by=write.by,
        )
        return write.answer(_routed(await tickets.handle(ticket_id, command, write)), TicketOut.of)


def _known(customer_id: str | None, ticket_id: str) -> str:
    if customer_id is None:
        raise Problem(404, "UNKNOWN_TICKET", f"routing knows nothing of {ticket_id}.")
    return customer_id


def _routed(handled: Handled[Ticket]) -> Handled[Ticket]:
    """The ticket is known, so a refusal before its first event is the request's fault: 422, and not 404."""
    refused = handled.refused
    if refused is not None and handled.version == 0:
        raise Problem(422, refused.reason.name, refused.reason.value, detail=refused.now)
    return handled
