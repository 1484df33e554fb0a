"""Decisions about a ticket's life: messages, waits, the end, and beginning again."""

from collections.abc import Sequence

from routing_svc.domain.commands import (
    CloseTicket,
    InformCustomer,
    PauseTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    WithdrawTicket,
)
from routing_svc.domain.drafts import ending_wait, stamp, team_at
from routing_svc.domain.refusals import Refusal
from routing_svc.domain.rules import permit, refused
from routing_svc.domain.state import ANSWERED, OPEN, Place, Ticket
from routing_svc.domain.technical_case import case_for
from shared_events.contracts.base import Tier
from shared_events.contracts.routing import (
    ClosingCause,
    CustomerInformed,
    Resolution,
    RoutingEvent,
    TicketClosed,
    TicketPaused,
    TicketReopened,
    TicketResolved,
)


def inform_customer(command: InformCustomer, ticket: Ticket) -> Sequence[RoutingEvent]:
    """Two messages are two messages: only the request's idempotency key tells a repetition."""
    permit(command, ticket)
    return [CustomerInformed(message=command.message, **stamp(command, ticket))]


def pause(command: PauseTicket, ticket: Ticket) -> Sequence[RoutingEvent]:
    """Work may be recorded during a wait; a move or an answer ends it."""
    permit(command, ticket)
    if ticket.paused is command.reason:
        return []
    return [
        *ending_wait(command, ticket),
        TicketPaused(reason=command.reason, note=command.note, **stamp(command, ticket)),
    ]


def resume(command: ResumeTicket, ticket: Ticket) -> Sequence[RoutingEvent]:
    """Nothing happens to a ticket that does not wait."""
    if ticket.paused is None and ticket.place is not Place.UNROUTED:
        return []
    permit(command, ticket)
    return ending_wait(command, ticket)


def resolve(command: ResolveTicket, ticket: Ticket) -> Sequence[RoutingEvent]:
    """Without the customer's verdict: none came, no answer was needed, or there is none."""
    if ticket.place is Place.RESOLVED and ticket.resolution is command.resolution:
        return []
    permit(command, ticket)
    if reason := _unfit(command.resolution, ticket):
        raise refused(reason, ticket)
    return [
        *ending_wait(command, ticket),
        TicketResolved(resolution=command.resolution, note=command.note, **stamp(command, ticket)),
    ]


def reopen(command: ReopenTicket, ticket: Ticket) -> Sequence[RoutingEvent]:
    """A callback reopens a ticket once, and not one that is already in work again."""
    if command.callback_id in ticket.callbacks_answered:
        return []
    if command.callback_id is not None and ticket.place in OPEN:
        return []
    permit(command, ticket)
    tier = command.tier or ticket.tier or Tier.CSE
    reopened = TicketReopened(
        cause=command.cause,
        tier=tier,
        team=team_at(ticket, tier, command.team),
        note=command.note,
        callback_id=command.callback_id,
        **stamp(command, ticket),
    )
    return [reopened, *case_for(command, ticket, tier)]


def close(command: CloseTicket, ticket: Ticket) -> Sequence[RoutingEvent]:
    """Nothing happens to a closed ticket."""
    if ticket.place is Place.CLOSED:
        return []
    permit(command, ticket)
    return [TicketClosed(cause=ClosingCause.DONE, **stamp(command, ticket))]


def withdraw(command: WithdrawTicket, ticket: Ticket) -> Sequence[RoutingEvent]:
    """Also before the ticket was routed, so that it is not routed later."""
    if ticket.place is Place.CLOSED:
        return []
    permit(command, ticket)
    closed = TicketClosed(
        cause=ClosingCause.WITHDRAWN,
        at=command.at,
        by=command.by,
        customer_id=ticket.customer_id or command.customer_id,
    )
    return [*ending_wait(command, ticket), closed]


def _unfit(resolution: Resolution, ticket: Ticket) -> Refusal | None:
    if resolution is Resolution.ACCEPTED:
        return Refusal.ACCEPTED_ONLY_BY_VERDICT
    answered = ticket.place in ANSWERED
    if resolution is Resolution.NO_VERDICT:
        return None if answered else Refusal.NO_VERDICT_ONLY_AFTER_ANSWER
    return Refusal.ANSWER_NEEDS_VERDICT if answered else None
