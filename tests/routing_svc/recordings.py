"""Other services' events, as the log brings them."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from shared_events.contracts.base import Fact, Origin
from shared_events.contracts.envelope import Recorded, Stored
from tests.routing_svc.examples import NOON

LATER: Final = NOON + timedelta(minutes=1)
"""When they were recorded."""


def recorded(event: Fact, origin: Origin = Origin.LIVE, subject: str = "t1") -> Recorded[Fact]:
    """The event as the log has it."""
    stored = Stored(
        subject=subject,
        version=1,
        event_id=UUID(int=1),
        type=type(event).__name__,
        schema_version=1,
        occurred_at=event.at,
        actor=event.by,
        origin=origin,
        correlation_id="r1",
        causation_id=None,
        trace_context=None,
        body=b"{}",
        digest=bytes(32),
        source="intake",
        partition=0,
        sequence=1,
        recorded_at=LATER,
    )
    return Recorded(event, stored, 1)
