"""What other services' events ask of a ticket. Imported events ask nothing: their log shows what followed (D10)."""

from collections.abc import Mapping, Sequence
from typing import Final

from routing_svc.domain.commands import Command, EscalateTicket, ReopenTicket, RouteTicket, WithdrawTicket
from shared_events.contracts.base import Fact, Origin, Tier
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.feedback import DissatisfactionRaised
from shared_events.contracts.intake import (
    Category,
    ConsultationClassified,
    ConsultationWithdrawn,
    Importance,
    RequestKind,
)
from shared_events.contracts.routing import DirectReason, ReopeningCause
from shared_events.contracts.sla import SlaBreached

ACTOR: Final = "system:routing"

TIERS_ABOVE: Final[Mapping[str, Tier]] = {"tier_cse": Tier.PSE, "tier_pse": Tier.RDE}
"""By the metric that measures a tier's own time."""


def route_technical(recorded: Recorded[Fact]) -> Sequence[Command]:
    """A technical consultation enters at CSE-10; an important customer's goes directly to PSE (R8).

    What else a consultation is about, people route: who answers a question about fees is a centre's own matter.
    """
    event = recorded.event
    if not isinstance(event, ConsultationClassified) or recorded.stored.origin is Origin.IMPORT:
        return []
    technical = event.category is Category.TECHNICAL_SUPPORT or event.request_kind is RequestKind.TECHNICAL_DEPARTMENT
    if not technical:
        return []
    important = event.importance is Importance.IMPORTANT
    return [
        RouteTicket(
            customer_id=event.customer_id,
            tier=Tier.PSE if important else Tier.CSE,
            direct_reason=DirectReason.IMPORTANT_CUSTOMER if important else None,
            automatic=True,
            at=recorded.stored.recorded_at,
            by=ACTOR,
        )
    ]


def close_withdrawn(recorded: Recorded[Fact]) -> Sequence[Command]:
    """A withdrawn consultation needs no more work."""
    event = recorded.event
    if not isinstance(event, ConsultationWithdrawn) or recorded.stored.origin is Origin.IMPORT:
        return []
    return [WithdrawTicket(customer_id=event.customer_id, at=recorded.stored.recorded_at, by=ACTOR)]


def reopen_dissatisfied(recorded: Recorded[Fact]) -> Sequence[Command]:
    """A customer whom the callback found dissatisfied gets the ticket back into work (R12)."""
    event = recorded.event
    if not isinstance(event, DissatisfactionRaised) or recorded.stored.origin is Origin.IMPORT:
        return []
    return [
        ReopenTicket(
            cause=ReopeningCause.DISSATISFIED,
            callback_id=event.callback_id,
            at=recorded.stored.recorded_at,
            by=ACTOR,
        )
    ]


def escalate_breached(recorded: Recorded[Fact]) -> Sequence[Command]:
    """A deadline that passed brings the ticket to the next tier, where the policy says so.

    A tier's own deadline, from that tier; any other, from wherever the ticket is.
    """
    event = recorded.event
    if not isinstance(event, SlaBreached) or recorded.stored.origin is Origin.IMPORT or not event.escalate:
        return []
    return [
        EscalateTicket(
            tier=TIERS_ABOVE.get(event.metric),
            overdue_since=event.deadline,
            at=recorded.stored.recorded_at,
            by=ACTOR,
        )
    ]
