"""Whatever is asked, in whatever order: nothing crashes, and every visit keeps to its rules."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_svc.domain.callback import (
    DECIDER,
    Callbacks,
    Command,
    CompleteCallback,
    RecordAttempt,
    ScheduleCallback,
)
from shared_events.contracts.base import Origin
from shared_events.contracts.feedback import (
    AttemptResult,
    CallbackAttempted,
    CallbackCompleted,
    CallbackScheduled,
    DissatisfactionRaised,
    FeedbackEvent,
)
from shared_events.decider import Refused
from tests.feedback_svc.examples import DISSATISFIED, NOON, NOT_REACHED, RAISED, REACHED, SATISFIED, SCHEDULED, TICKET

moments = st.integers(0, 3000).map(lambda minutes: NOON + timedelta(minutes=minutes))
visits = st.integers(1, 3).map(lambda number: f"{TICKET}.{number}")
always: dict[str, Any] = {"at": moments, "by": st.just("a1"), "origin": st.sampled_from(Origin)}
plans = st.builds(
    ScheduleCallback,
    **always,
    ticket_id=st.just(TICKET),
    customer_id=st.just("c1"),
    answer=st.none() | st.integers(1, 3),
    due_at=st.none() | moments,
)
attempts = st.builds(
    RecordAttempt,
    **always,
    callback_id=visits,
    result=st.sampled_from(AttemptResult),
    try_again_at=st.none() | moments,
)
outcomes = st.builds(CompleteCallback, **always, callback_id=visits, satisfied=st.booleans())
commands: st.SearchStrategy[Command] = st.one_of(plans, attempts, outcomes)


def carried_out(asked: list[Command]) -> tuple[list[FeedbackEvent], Callbacks]:
    """What happened, and the state that came of it; a refusal leaves nothing."""
    happened: list[FeedbackEvent] = []
    state = DECIDER.initial
    for command in asked:
        try:
            events = DECIDER.decide(command, state)
        except Refused:
            continue
        happened.extend(events)
        state = DECIDER.fold(state, events)
    return happened, state


@given(st.lists(commands, max_size=25))
def test_the_state_is_what_the_events_say(asked: list[Command]) -> None:
    happened, state = carried_out(asked)
    assert DECIDER.fold(DECIDER.initial, happened) == state


@given(plans, st.lists(commands, max_size=25))
def test_visits_are_numbered_and_each_answer_has_one(first: Command, asked: list[Command]) -> None:
    planned = [event for event in carried_out([first, *asked])[0] if isinstance(event, CallbackScheduled)]
    assert [event.callback_id for event in planned] == [f"{TICKET}.{n}" for n in range(1, len(planned) + 1)]
    answers = [event.answer for event in planned if event.answer is not None]
    assert len(answers) == len(set(answers))


@given(plans, st.lists(commands, max_size=25))
def test_a_visit_has_one_outcome_after_somebody_was_reached_and_nothing_follows(
    first: Command, asked: list[Command]
) -> None:
    reached: set[str] = set()
    completed: set[str] = set()
    for event in carried_out([first, *asked])[0]:
        if isinstance(event, CallbackAttempted):
            assert event.callback_id not in completed
            if event.result is AttemptResult.REACHED:
                reached.add(event.callback_id)
        if isinstance(event, CallbackCompleted):
            assert event.callback_id in reached - completed
            completed.add(event.callback_id)


@given(plans, st.lists(commands, max_size=25))
def test_dissatisfaction_is_raised_exactly_for_dissatisfied_customers(first: Command, asked: list[Command]) -> None:
    happened, _ = carried_out([first, *asked])
    raised = [event.callback_id for event in happened if isinstance(event, DissatisfactionRaised)]
    unhappy = [event.callback_id for event in happened if isinstance(event, CallbackCompleted) and not event.satisfied]
    assert raised == unhappy


@given(plans, st.lists(commands, max_size=25))
def test_attempts_of_a_visit_are_counted_from_one(first: Command, asked: list[Command]) -> None:
    counts: Counter[str] = Counter()
    for event in carried_out([first, *asked])[0]:
        if isinstance(event, CallbackAttempted):
            counts[event.callback_id] += 1
            assert event.attempt == counts[event.callback_id]


@given(plans, st.lists(commands, max_size=10), commands)
def test_what_was_just_done_is_not_done_again(first: Command, asked: list[Command], last: Command) -> None:
    assert carried_out([first, *asked, last, last]) == carried_out([first, *asked, last])


@pytest.mark.parametrize("history", [[], [SCHEDULED], [SCHEDULED, REACHED, SATISFIED]])
@pytest.mark.parametrize(
    "event", [SCHEDULED, NOT_REACHED, REACHED, SATISFIED, DISSATISFIED, RAISED], ids=lambda e: type(e).__name__
)
def test_every_event_folds_onto_every_state(history: list[FeedbackEvent], event: FeedbackEvent) -> None:
    before = DECIDER.fold(DECIDER.initial, history)
    after = DECIDER.evolve(before, event)
    assert len(after) == len(before) + isinstance(event, CallbackScheduled)
