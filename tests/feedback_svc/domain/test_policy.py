"""What feedback does when something happens elsewhere: event in, commands out."""

from datetime import timedelta
from uuid import UUID

from feedback_svc.domain.callback import DECIDER, ScheduleCallback
from feedback_svc.domain.policy import visit_after_acceptance
from shared_events.contracts.base import Fact, Origin, Step, Tier
from shared_events.contracts.envelope import GENESIS, Recorded, Stored
from shared_events.contracts.routing import AnswerAccepted, AnswerRejected
from shared_events.testing import Spec
from tests.feedback_svc.examples import CUSTOMER, NOON, ONE, TICKET

ACCEPTED = AnswerAccepted(at=NOON, by="a1", customer_id=CUSTOMER, step=Step.CSE_50, answer=2, tier=Tier.CSE)
REJECTED = AnswerRejected(at=NOON, by="a1", customer_id=CUSTOMER, step=Step.CSE_50, answer=2, tier=Tier.CSE)


def recorded(event: Fact, origin: Origin = Origin.LIVE) -> Recorded[Fact]:
    """The event as routing's store has it, an hour after it happened."""
    stored = Stored(
        source="routing",
        partition=0,
        sequence=1,
        subject=TICKET,
        version=1,
        event_id=UUID(int=1),
        type=type(event).__name__,
        schema_version=event.schema_version,
        occurred_at=event.at,
        recorded_at=ONE,
        actor=event.by,
        origin=origin,
        correlation_id="r1",
        causation_id=None,
        trace_context=None,
        body=b"{}",
        digest=GENESIS,
    )
    return Recorded(event, stored, offset=0)


def test_an_accepted_answer_leads_to_a_visit() -> None:
    visit = ScheduleCallback(at=ONE, by="system:feedback", ticket_id=TICKET, customer_id=CUSTOMER, answer=2)
    assert visit_after_acceptance(recorded(ACCEPTED)) == [visit]


def test_the_visit_is_due_a_day_after_the_acceptance_was_recorded() -> None:
    (command,) = visit_after_acceptance(recorded(ACCEPTED))
    (scheduled,) = DECIDER.decide(command, DECIDER.initial)
    assert getattr(scheduled, "due_at", None) == ONE + timedelta(hours=24)


def test_the_same_event_twice_gives_the_same_commands_and_one_visit() -> None:
    first, second = visit_after_acceptance(recorded(ACCEPTED)), visit_after_acceptance(recorded(ACCEPTED))
    assert first == second
    Spec(DECIDER).given(*DECIDER.decide(first[0], DECIDER.initial)).when(second[0]).then_nothing()


def test_nobody_is_visited_for_what_an_older_system_brought_in() -> None:
    assert visit_after_acceptance(recorded(ACCEPTED, Origin.IMPORT)) == []


def test_other_events_lead_to_nothing() -> None:
    assert visit_after_acceptance(recorded(REJECTED)) == []
