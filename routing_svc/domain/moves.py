"""Decisions that bring a ticket to a tier, a team or an agent."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from routing_svc.domain.commands import (
    AssignTicket,
    EscalateTicket,
    HandBackTicket,
    ReleaseTicket,
    RouteTicket,
    TicketCommand,
    TransferTicket,
)
from routing_svc.domain.drafts import ending_wait, stamp, standing, team_at
from routing_svc.domain.refusals import Refusal
from routing_svc.domain.rules import permit, refused
from routing_svc.domain.state import OPEN, WORKING, Place, Ticket
from routing_svc.domain.technical_case import case_for
from shared_events.contracts.base import Instant, Origin, Tier
from shared_events.contracts.routing import (
    RoutingEvent,
    TicketAssigned,
    TicketEscalated,
    TicketHandedBack,
    TicketReleased,
    TicketRouted,
    TicketTransferred,
)

LADDER: Final = (Tier.CSE, Tier.PSE, Tier.RDE)


def route(command: RouteTicket, ticket: Ticket) -> Sequence[RoutingEvent]:
    """Into the flow; a customer's importance or a special case may lead directly to a higher tier (R8)."""
    if command.automatic and ticket.place is not Place.UNROUTED:
        return []
    if ticket.place in OPEN and _is_at(ticket, command.tier, command.team):
        return []
    permit(command, ticket)
    direct = command.tier is not Tier.CSE
    if direct and command.origin is Origin.LIVE and not (command.reason or command.direct_reason):
        raise refused(Refusal.DIRECT_REASON_REQUIRED, ticket)
    owned = replace(ticket, customer_id=command.customer_id)
    routed = TicketRouted(
        tier=command.tier,
        team=team_at(ticket, command.tier, command.team),
        automatic=command.automatic,
        reason=command.reason,
        direct_reason=command.direct_reason,
        **stamp(command, owned),
    )
    return [routed, *case_for(command, owned, command.tier)]


def assign(command: AssignTicket, ticket: Ticket) -> Sequence[RoutingEvent]:
    """Claim or give; only its holder or a team leader takes a ticket from its holder."""
    if ticket.place in OPEN and ticket.agent_id == command.agent_id:
        return []
    permit(command, ticket)
    _refuse_another(command, ticket)
    tier, team = standing(ticket)
    return [
        TicketAssigned(
            agent_id=command.agent_id,
            tier=tier,
            team=team,
            previous_agent_id=ticket.agent_id,
            **stamp(command, ticket),
        )
    ]


def release(command: ReleaseTicket, ticket: Ticket) -> Sequence[RoutingEvent]:
    """Back into the queue of the team; what was done so far stays done."""
    if ticket.agent_id is None and ticket.place in OPEN:
        return []
    permit(command, ticket)
    _refuse_another(command, ticket)
    assert ticket.agent_id is not None
    return [TicketReleased(agent_id=ticket.agent_id, reason=command.reason, **stamp(command, ticket))]


def escalate(command: EscalateTicket, ticket: Ticket) -> Sequence[RoutingEvent]:
    """Up one tier, or two with a reason."""
    if ticket.place in WORKING and command.tier and _is_at(ticket, command.tier, command.team):
        return []
    if _came_since(ticket, command.overdue_since):
        return []
    permit(command, ticket)
    target = command.tier or next_tier_up(ticket)
    _check_distance(command, ticket, target)
    raised = going_up(command, ticket, target, team=command.team, reason=command.reason)
    return [*_ending_live_wait(command, ticket), *raised]


def hand_back(command: HandBackTicket, ticket: Ticket) -> Sequence[RoutingEvent]:
    """Down one tier, or two with a reason."""
    if ticket.place in WORKING and command.tier and _is_at(ticket, command.tier, command.team):
        return []
    permit(command, ticket)
    from_tier, from_team = standing(ticket)
    target = command.tier or LADDER[LADDER.index(from_tier) - 1]
    _check_distance(command, ticket, target)
    return [
        *_ending_live_wait(command, ticket),
        TicketHandedBack(
            from_tier=from_tier,
            from_team=from_team,
            tier=target,
            team=team_at(ticket, target, command.team),
            reason=command.reason,
            **stamp(command, ticket),
        ),
    ]


def transfer(command: TransferTicket, ticket: Ticket) -> Sequence[RoutingEvent]:
    """To another team of the tier; live, the customer hears why (R8)."""
    if ticket.place in WORKING and command.team == ticket.team:
        return []
    permit(command, ticket)
    if command.told_customer is None and command.origin is Origin.LIVE:
        raise refused(Refusal.CUSTOMER_NOT_TOLD, ticket)
    tier, from_team = standing(ticket)
    return [
        *_ending_live_wait(command, ticket),
        TicketTransferred(
            tier=tier,
            from_team=from_team,
            team=command.team,
            reason=command.reason,
            told_customer=command.told_customer,
            **stamp(command, ticket),
        ),
    ]


def going_up(
    command: TicketCommand, ticket: Ticket, target: Tier, *, team: str | None = None, reason: str | None = None
) -> Sequence[RoutingEvent]:
    """The events of an escalation; whatever comes to RDE live has an open technical case."""
    from_tier, from_team = standing(ticket)
    escalated = TicketEscalated(
        from_tier=from_tier,
        from_team=from_team,
        tier=target,
        team=team_at(ticket, target, team),
        reason=reason,
        **stamp(command, ticket),
    )
    return [*case_for(command, ticket, target), escalated]


def next_tier_up(ticket: Ticket) -> Tier:
    """The tier above the ticket's; a ticket at RDE has none."""
    return LADDER[LADDER.index(standing(ticket)[0]) + 1]


def _is_at(ticket: Ticket, tier: Tier, team: str | None) -> bool:
    return ticket.tier is tier and team in {None, ticket.team}


def _came_since(ticket: Ticket, deadline: Instant | None) -> bool:
    """Whether the ticket came to its tier since then.

    So several deadlines that pass together lead one tier up, not several; and one that is said late, or said again,
    does not undo what people decided after it.
    """
    return deadline is not None and ticket.entered_at is not None and ticket.entered_at >= deadline


def _refuse_another(command: AssignTicket | ReleaseTicket, ticket: Ticket) -> None:
    held_by_another = ticket.agent_id is not None and ticket.agent_id != command.by
    if held_by_another and not command.by_lead and command.origin is Origin.LIVE:
        raise refused(Refusal.HELD_BY_ANOTHER, ticket)


def _check_distance(command: EscalateTicket | HandBackTicket, ticket: Ticket, target: Tier) -> None:
    up = isinstance(command, EscalateTicket)
    climb = LADDER.index(target) - LADDER.index(standing(ticket)[0])
    tiers = climb if up else -climb
    if tiers < 1:
        raise refused(Refusal.NOT_HIGHER if up else Refusal.NOT_LOWER, ticket)
    if tiers > 1 and command.reason is None and command.origin is Origin.LIVE:
        raise refused(Refusal.REASON_REQUIRED, ticket)


def _ending_live_wait(command: TicketCommand, ticket: Ticket) -> Sequence[RoutingEvent]:
    # An imported log shows by itself whether the wait went on after the move.
    return [] if command.origin is Origin.IMPORT else ending_wait(command, ticket)
