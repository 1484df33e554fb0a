"""What the events of one decision have in common, and the end of a wait that comes before many of them."""

from datetime import datetime
from typing import TypedDict

from routing_svc.domain.commands import TicketCommand
from routing_svc.domain.state import Ticket
from shared_events.contracts.base import ActorId, CustomerId, Tier
from shared_events.contracts.routing import RoutingEvent, TicketResumed


class Stamp(TypedDict):
    """When it happened, who did it, and whose key seals the texts."""

    at: datetime
    by: ActorId
    customer_id: CustomerId


def stamp(command: TicketCommand, ticket: Ticket) -> Stamp:
    """The stamp of every event that the command leads to."""
    return {"at": command.at, "by": command.by, "customer_id": ticket.customer_id}


def ending_wait(command: TicketCommand, ticket: Ticket) -> list[RoutingEvent]:
    """A wait ends when the ticket moves, is answered or ends."""
    if ticket.paused is None:
        return []
    return [TicketResumed(reason=ticket.paused, **stamp(command, ticket))]


def standing(ticket: Ticket) -> tuple[Tier, str]:
    """Tier and team of a ticket that has been routed."""
    assert ticket.tier is not None
    assert ticket.team is not None
    return ticket.tier, ticket.team
