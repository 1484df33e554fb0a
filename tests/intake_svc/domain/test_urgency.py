"""The urgency that a breach raises: by one step, up to critical, and nothing else of the classification."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from intake_svc.domain.commands import RaiseUrgency
from intake_svc.domain.consultation import DECIDER, Refusal
from shared_events.contracts.intake import (
    Category,
    ComplaintGrade,
    ConsultationClassified,
    Importance,
    IntakeEvent,
    Urgency,
)
from tests.intake_svc.examples import (
    ACKNOWLEDGED,
    CLASSIFIED,
    ONE,
    RECEIVED,
    classified,
    corrected,
    nothing_received,
    received,
    withdrawn,
)

DEADLINE: Final = ONE + timedelta(days=1)
NOTICED: Final = DEADLINE + timedelta(seconds=1)
RAISE: Final = RaiseUrgency(overdue_since=DEADLINE, at=NOTICED, by="system:intake")


def of_urgency(urgency: Urgency) -> ConsultationClassified:
    """The classification, with another urgency."""
    return CLASSIFIED.model_copy(update={"urgency": urgency})


def raised(before: ConsultationClassified, urgency: Urgency) -> ConsultationClassified:
    """What follows."""
    return before.model_copy(update={"at": NOTICED, "by": "system:intake", "urgency": urgency})


@pytest.mark.parametrize(
    ("before", "after"),
    [(Urgency.LOW, Urgency.NORMAL), (Urgency.NORMAL, Urgency.HIGH), (Urgency.HIGH, Urgency.CRITICAL)],
)
def test_the_urgency_goes_up_by_one_step_and_the_promised_reply_stays(before: Urgency, after: Urgency) -> None:
    known = of_urgency(before)
    received.given(known).when(RAISE).then(raised(known, after))


def test_nothing_is_more_urgent_than_critical() -> None:
    received.given(of_urgency(Urgency.CRITICAL)).when(RAISE).then_nothing()


def test_a_complaint_keeps_its_grade() -> None:
    complaint = CLASSIFIED.model_copy(update={"category": Category.COMPLAINT, "complaint_grade": ComplaintGrade.B})
    received.given(complaint).when(RAISE).then(raised(complaint, Urgency.CRITICAL))


def test_the_importance_is_what_the_record_says_by_then() -> None:
    important = raised(CLASSIFIED, Urgency.CRITICAL).model_copy(update={"importance": Importance.IMPORTANT})
    classified.given(corrected(importance=Importance.IMPORTANT)).when(RAISE).then(important)


def test_what_nobody_has_classified_is_left_alone() -> None:
    received.when(RAISE).then_nothing()


def test_what_was_never_received_or_is_withdrawn_is_refused() -> None:
    nothing_received.when(RAISE).then_refused(Refusal.NOT_RECEIVED)
    withdrawn.when(RAISE).then_refused(Refusal.WITHDRAWN)


@pytest.mark.parametrize("moment", [DEADLINE, NOTICED, NOTICED + timedelta(hours=1)])
def test_what_was_classified_since_the_deadline_stays(moment: datetime) -> None:
    """So deadlines that pass together are one step, and one that is said late or again is none."""
    received.given(of_urgency(Urgency.LOW).model_copy(update={"at": moment})).when(RAISE).then_nothing()


@pytest.mark.parametrize(("urgency", "times"), [(Urgency.LOW, 3), (Urgency.HIGH, 1), (Urgency.CRITICAL, 0)])
def test_however_many_deadlines_pass_it_ends_at_critical(urgency: Urgency, times: int) -> None:
    state = DECIDER.fold(DECIDER.initial, [RECEIVED, ACKNOWLEDGED, of_urgency(urgency)])
    happened: list[IntakeEvent] = []
    for day in range(20):
        deadline = DEADLINE + timedelta(days=day)
        events = DECIDER.decide(replace(RAISE, overdue_since=deadline, at=deadline + timedelta(seconds=1)), state)
        state = DECIDER.fold(state, events)
        happened += events
    assert len(happened) == times
    assert state is not None
    assert state.classification is not None
    assert state.classification.urgency is Urgency.CRITICAL
