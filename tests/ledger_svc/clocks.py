"""A clock for the first response of a ticket, and what happens to it."""

from datetime import datetime, timedelta
from typing import Any, Final

from shared_events.contracts.sla import ClockMet, ClockPaused, ClockResumed, ClockStarted, SlaBreached, SlaWarned, Terms
from tests.ledger_svc.history import NOON

TERMS: Final = Terms(
    policy="centre",
    policy_version="1",
    row="complaints",
    calendar="always",
    calendar_version="1",
    target_seconds=3600,
    start="contacted",
    stop="responded",
    pauses=("customer",),
)


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def clock(minutes: int, **said: Any) -> dict[str, Any]:
    """What every event of the ticket's first clock has."""
    envelope = {"at": minute(minutes), "by": "system:sla", "caused_by": "event-1", "learned_at": minute(minutes)}
    return {**envelope, "clock_id": "first_response/event-1", "metric": "first_response", "cycle": 1, **said}


STARTED = ClockStarted(**clock(0), terms=TERMS, deadline=minute(60))
PAUSED = ClockPaused(**clock(10), reasons=("customer",), elapsed_seconds=600, remaining_seconds=3000)
RESUMED = ClockResumed(**clock(30), elapsed_seconds=600, remaining_seconds=3000, deadline=minute(80))
MET = ClockMet(**clock(20), elapsed_seconds=1200, remaining_seconds=2400, in_time=True)
WARNED = SlaWarned(**clock(30), warning="50%", elapsed_seconds=1800, deadline=minute(60))
BREACHED = SlaBreached(**clock(60), deadline=minute(60), target_seconds=3600)
MET_LATE = ClockMet(**clock(70), elapsed_seconds=4200, remaining_seconds=-600, in_time=False)
