"""What other services' events ask of a consultation. Imported events ask nothing: their log shows what followed."""

from collections.abc import Sequence
from typing import Final

from intake_svc.domain.commands import Command, RaiseUrgency
from shared_events.contracts.base import Fact, Origin
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.sla import SlaBreached

ACTOR: Final = "system:intake"


def raise_urgency_of_breached(recorded: Recorded[Fact]) -> Sequence[Command]:
    """A deadline that passed makes the ticket more urgent, where the policy says so."""
    event = recorded.event
    if not isinstance(event, SlaBreached) or recorded.stored.origin is Origin.IMPORT or not event.raise_urgency:
        return []
    return [RaiseUrgency(overdue_since=event.deadline, at=recorded.stored.recorded_at, by=ACTOR)]
