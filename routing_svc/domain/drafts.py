"""What the events of many decisions have in common: their stamp, the end of a wait before them, a tier's team."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypedDict

from routing_svc.domain.commands import TicketCommand
from routing_svc.domain.state import Ticket
from shared_events.contracts.base import ActorId, CustomerId, Tier
from shared_events.contracts.routing import RoutingEvent, TicketResumed

DEFAULT_TEAMS: Final[Mapping[Tier, str]] = {Tier.CSE: "cse", Tier.PSE: "pse", Tier.RDE: "rde"}


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


def team_at(ticket: Ticket, tier: Tier, wanted: str | None) -> str:
    """The team that is named, else the one that had the ticket before at this tier, else the tier's default."""
    return wanted or ticket.teams.get(tier) or DEFAULT_TEAMS[tier]
