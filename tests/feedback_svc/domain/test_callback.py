"""The callback visit (CCE-10, R12), one sentence each."""

from datetime import datetime, timedelta

import pytest

from feedback_svc.domain.callback import DECIDER, Command, Refusal, callback_of, ticket_of
from shared_events.contracts.base import Origin, Step
from shared_events.contracts.feedback import AttemptResult
from tests.feedback_svc.examples import (
    DISSATISFIED,
    NOON,
    NOT_REACHED,
    ONE,
    RAISED,
    REACHED,
    SATISFIED,
    SCHEDULED,
    TICKET,
    TOMORROW,
    VISIT,
    attempt,
    complete,
    nothing_planned,
    planned,
    reached,
    schedule,
)

BY_HAND = SCHEDULED.model_copy(update={"answer": None})


def test_a_visit_after_an_answer_is_due_a_day_later() -> None:
    nothing_planned.when(schedule(answer=1)).then(SCHEDULED)


def test_every_event_of_a_visit_carries_its_step_of_the_chart() -> None:
    assert {event.step for event in (SCHEDULED, REACHED, SATISFIED, RAISED)} == {Step.CCE_10}


def test_an_answer_has_one_visit() -> None:
    planned.when(schedule(answer=1)).then_nothing()
    planned.when(schedule(answer=1, at=ONE, due_at=TOMORROW + timedelta(days=1))).then_nothing()
    reached.given(SATISFIED).when(schedule(answer=1)).then_nothing()


def test_another_answer_has_a_visit_of_its_own() -> None:
    second = SCHEDULED.model_copy(update={"callback_id": f"{TICKET}.2", "answer": 2})
    planned.when(schedule(answer=2)).then(second)


def test_a_visit_may_be_planned_by_hand_without_an_answer() -> None:
    due_at = NOON + timedelta(days=180)
    nothing_planned.when(schedule(due_at=due_at)).then(BY_HAND.model_copy(update={"due_at": due_at}))


def test_the_same_plan_by_hand_twice_is_one_visit_while_it_is_open() -> None:
    nothing_planned.given(BY_HAND).when(schedule(due_at=TOMORROW)).then_nothing()
    done = nothing_planned.given(BY_HAND, REACHED, SATISFIED)
    done.when(schedule(due_at=TOMORROW)).then(BY_HAND.model_copy(update={"callback_id": f"{TICKET}.2"}))


def test_a_plan_by_hand_for_another_moment_is_another_visit() -> None:
    later = TOMORROW + timedelta(days=1)
    second = BY_HAND.model_copy(update={"callback_id": f"{TICKET}.2", "due_at": later})
    nothing_planned.given(BY_HAND).when(schedule(due_at=later)).then(second)
    planned.when(schedule(due_at=TOMORROW)).then(BY_HAND.model_copy(update={"callback_id": f"{TICKET}.2"}))


@pytest.mark.parametrize("due_at", [NOON, NOON - timedelta(days=1)])
def test_a_visit_lies_ahead(due_at: datetime) -> None:
    nothing_planned.when(schedule(due_at=due_at)).then_refused(Refusal.DUE_IN_THE_PAST)


def test_an_imported_visit_may_be_long_over() -> None:
    imported = schedule(due_at=NOON, origin=Origin.IMPORT)
    nothing_planned.when(imported).then(BY_HAND.model_copy(update={"due_at": NOON}))


def test_a_customer_who_was_not_reached_is_tried_again() -> None:
    planned.when(attempt(AttemptResult.NOT_REACHED, try_again_at=TOMORROW, note="Busy.")).then(NOT_REACHED)


def test_attempts_are_counted() -> None:
    later = {"attempt": 2, "at": TOMORROW}
    planned.given(NOT_REACHED).when(attempt(AttemptResult.REACHED, at=TOMORROW)).then(REACHED.model_copy(update=later))


def test_the_same_attempt_twice_is_one() -> None:
    again = attempt(AttemptResult.NOT_REACHED, try_again_at=TOMORROW, note="Busy.")
    planned.given(NOT_REACHED).when(again).then_nothing()
    reached.given(SATISFIED).when(attempt(AttemptResult.REACHED)).then_nothing()


def test_who_was_not_reached_has_a_next_time() -> None:
    planned.when(attempt(AttemptResult.NOT_REACHED)).then_refused(Refusal.TRY_AGAIN_MISSING)


@pytest.mark.parametrize("try_again_at", [ONE, NOON])
def test_the_next_time_lies_ahead(try_again_at: datetime) -> None:
    decided = planned.when(attempt(AttemptResult.NOT_REACHED, try_again_at=try_again_at))
    decided.then_refused(Refusal.TRY_AGAIN_IN_THE_PAST)


def test_who_was_reached_is_not_tried_again() -> None:
    decided = planned.when(attempt(AttemptResult.REACHED, try_again_at=TOMORROW))
    decided.then_refused(Refusal.TRY_AGAIN_NEEDLESS)


def test_a_satisfied_customer_completes_the_visit() -> None:
    reached.when(complete(satisfied=True)).then(SATISFIED)


def test_a_dissatisfied_customer_is_heard_in_the_same_decision() -> None:
    reached.when(complete(satisfied=False)).then(DISSATISFIED, RAISED)


def test_an_outcome_needs_somebody_who_was_reached() -> None:
    for spec in (planned, planned.given(NOT_REACHED)):
        decided = spec.when(complete(satisfied=True))
        decided.then_refused(Refusal.NOT_REACHED_YET)
        assert decided.refused is not None
        assert decided.refused.allowed == ("record_callback_attempt",)


def test_who_was_reached_once_has_an_outcome_even_if_missed_later() -> None:
    missed = NOT_REACHED.model_copy(update={"attempt": 2})
    reached.given(missed).when(complete(satisfied=True)).then(SATISFIED)


def test_the_same_outcome_twice_is_one() -> None:
    reached.given(SATISFIED).when(complete(satisfied=True)).then_nothing()
    reached.given(DISSATISFIED, RAISED).when(complete(satisfied=False)).then_nothing()


@pytest.mark.parametrize(
    "command",
    [
        complete(satisfied=False),
        attempt(AttemptResult.REACHED, at=TOMORROW),
        attempt(AttemptResult.NOT_REACHED, at=TOMORROW, try_again_at=TOMORROW + timedelta(hours=1)),
    ],
)
def test_a_completed_visit_stands(command: Command) -> None:
    decided = reached.given(SATISFIED).when(command)
    decided.then_refused(Refusal.COMPLETED)
    assert decided.refused is not None
    assert "the customer was satisfied" in decided.refused.now


@pytest.mark.parametrize("command", [attempt(AttemptResult.REACHED), complete(satisfied=True)])
def test_nothing_is_said_of_a_visit_that_was_never_planned(command: Command) -> None:
    nothing_planned.when(command).then_refused(Refusal.UNKNOWN_CALLBACK)
    other = SCHEDULED.model_copy(update={"callback_id": f"{TICKET}.2"})
    decided = nothing_planned.given(other).when(command)
    decided.then_refused(Refusal.UNKNOWN_CALLBACK)
    assert decided.refused is not None
    assert decided.refused.now == f"The ticket has {TICKET}.2."


def test_the_visits_of_a_ticket_do_not_disturb_each_other() -> None:
    second = SCHEDULED.model_copy(update={"callback_id": f"{TICKET}.2", "answer": 2})
    visits = DECIDER.fold((), [SCHEDULED, second, REACHED, SATISFIED])
    assert callback_of(visits, VISIT).satisfied is True
    assert (callback_of(visits, f"{TICKET}.2").attempts, callback_of(visits, f"{TICKET}.2").satisfied) == (0, None)


def test_the_ticket_of_a_visit_is_what_precedes_the_last_dot() -> None:
    assert ticket_of(VISIT) == TICKET
    assert ticket_of("import.7.12") == "import.7"
