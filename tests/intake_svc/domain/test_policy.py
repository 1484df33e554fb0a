"""What other services' events ask of a consultation."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from intake_svc.domain.commands import RaiseUrgency
from intake_svc.domain.policy import raise_urgency_of_breached
from shared_events.contracts.base import Fact, Origin
from shared_events.contracts.envelope import Recorded, Stored
from shared_events.contracts.sla import SlaBreached
from tests.intake_svc.examples import MESSAGE, NOON

NOTICED: Final = NOON + timedelta(seconds=1)


def breached(*, raise_urgency: bool = True) -> SlaBreached:
    """A deadline that passed at noon."""
    return SlaBreached(
        at=NOON,
        by="system:sla",
        clock_id="k1",
        metric="first_response",
        cycle=1,
        deadline=NOON,
        target_seconds=3600,
        raise_urgency=raise_urgency,
    )


def recorded(event: Fact, origin: Origin = Origin.LIVE, recorded_at: datetime = NOTICED) -> Recorded[Fact]:
    """The event as the log has it."""
    stored = Stored(
        subject="t1",
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
        source="sla",
        partition=0,
        sequence=1,
        recorded_at=recorded_at,
    )
    return Recorded(event, stored, 1)


def test_a_breach_raises_the_urgency_when_it_is_noticed() -> None:
    raised = RaiseUrgency(overdue_since=NOON, at=NOTICED, by="system:intake")
    assert raise_urgency_of_breached(recorded(breached())) == [raised]


def test_a_breach_of_which_the_policy_does_not_say_so_changes_nothing() -> None:
    assert raise_urgency_of_breached(recorded(breached(raise_urgency=False))) == []


def test_an_imported_breach_asks_nothing() -> None:
    assert raise_urgency_of_breached(recorded(breached(), Origin.IMPORT)) == []


def test_other_events_ask_nothing() -> None:
    assert raise_urgency_of_breached(recorded(MESSAGE)) == []
