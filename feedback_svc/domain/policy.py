"""What feedback does when something happens elsewhere."""

from collections.abc import Sequence
from typing import Final

from feedback_svc.domain.callback import Command, ScheduleCallback
from shared_events.contracts.base import Fact, Origin
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.routing import AnswerAccepted

ACTOR: Final = "system:feedback"


def visit_after_acceptance(recorded: Recorded[Fact]) -> Sequence[Command]:
    """CSE-50 and PSE-40, yes → CCE-10. Nobody is visited for what an older system brought in."""
    event, stored = recorded.event, recorded.stored
    if not isinstance(event, AnswerAccepted) or stored.origin is Origin.IMPORT:
        return []
    visit = ScheduleCallback(
        at=stored.recorded_at,
        by=ACTOR,
        ticket_id=stored.subject,
        customer_id=event.customer_id,
        answer=event.answer,
    )
    return [visit]
