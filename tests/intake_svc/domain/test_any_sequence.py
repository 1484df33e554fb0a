"""Whatever is asked, in whatever order: nothing crashes, and what may happen once happens once."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_svc.domain.commands import (
    AddCustomerMessage,
    ClassifyConsultation,
    Command,
    CorrectConsultation,
    ReceiveConsultation,
    WithdrawConsultation,
)
from intake_svc.domain.consultation import CLOCK_TOLERANCE, DECIDER
from intake_svc.domain.state import Consultation
from shared_events.contracts.base import Origin
from shared_events.contracts.intake import (
    Category,
    Channel,
    ComplaintGrade,
    Complexity,
    ConsultationClassified,
    ConsultationCorrected,
    ConsultationReceived,
    ConsultationWithdrawn,
    Contact,
    Importance,
    IntakeEvent,
    RequestKind,
    Urgency,
)
from shared_events.decider import Refused
from tests.intake_svc.examples import ACKNOWLEDGED, CLASSIFIED, MESSAGE, NOON, RECEIVED, WITHDRAWN, corrected

moments = st.integers(-600, 600).map(lambda minutes: NOON + timedelta(minutes=minutes))
texts = st.sampled_from(["one", "another"])
always: dict[str, Any] = {"at": moments, "by": st.just("a1"), "origin": st.sampled_from(Origin)}
facts: dict[str, Any] = {
    "channel": st.sampled_from(Channel),
    "contacted_at": moments,
    "contact": st.sampled_from([Contact(), Contact(name="陈伟")]),
    "content": texts,
    "language": st.sampled_from(["zh", "en"]),
    "importance": st.sampled_from(Importance),
    "product": texts,
    "special_needs": texts,
}
receptions = st.builds(
    ReceiveConsultation,
    **always,
    **facts,
    customer_id=st.just("c1"),
    serial=st.sampled_from([1, 2]),
    appointment_at=st.none() | moments,
)
classifications = st.builds(
    ClassifyConsultation,
    **always,
    category=st.sampled_from(Category),
    request_kind=st.sampled_from(RequestKind),
    complexity=st.sampled_from(Complexity),
    urgency=st.sampled_from(Urgency),
    complaint_grade=st.none() | st.sampled_from(ComplaintGrade),
    requirement=st.none() | texts,
    expected_reply_at=st.none() | moments,
)
corrections = st.builds(
    CorrectConsultation, **always, reason=texts, **{name: st.none() | values for name, values in facts.items()}
)
messages = st.builds(AddCustomerMessage, **always, channel=st.sampled_from(Channel), message=texts)
withdrawals = st.builds(WithdrawConsultation, **always, reason=st.none() | texts)
commands: st.SearchStrategy[Command] = st.one_of(receptions, classifications, corrections, messages, withdrawals)


def carried_out(asked: list[Command]) -> tuple[list[IntakeEvent], Consultation | None]:
    """What happened, and the state that came of it; a refusal leaves nothing."""
    happened: list[IntakeEvent] = []
    state = DECIDER.initial
    for command in asked:
        try:
            events = DECIDER.decide(command, state)
        except Refused:
            continue
        happened.extend(events)
        state = DECIDER.fold(state, events)
    return happened, state


@given(st.lists(commands, max_size=20))
def test_what_happens_once_happens_once_and_in_order(asked: list[Command]) -> None:
    happened, state = carried_out(asked)
    counts = Counter(type(event).__name__ for event in happened)
    assert counts["ConsultationReceived"] == bool(happened)
    assert counts["ConsultationAcknowledged"] <= 1
    assert counts["ConsultationWithdrawn"] <= 1
    assert isinstance(happened[0], ConsultationReceived) if happened else state is None
    assert not any(isinstance(event, ConsultationWithdrawn) for event in happened[:-1])


@given(st.lists(commands, max_size=20))
def test_the_state_is_what_the_events_say(asked: list[Command]) -> None:
    happened, state = carried_out(asked)
    assert DECIDER.fold(DECIDER.initial, happened) == state


@given(receptions, st.lists(commands, max_size=20))
def test_nobody_was_in_contact_after_they_were_received(reception: ReceiveConsultation, asked: list[Command]) -> None:
    _, state = carried_out([reception, *asked])
    assert state is None or state.contacted_at - state.received_at <= CLOCK_TOLERANCE


@given(receptions, st.lists(commands, max_size=20))
def test_complaints_alone_have_a_grade_and_always(reception: ReceiveConsultation, asked: list[Command]) -> None:
    for event in carried_out([reception, *asked])[0]:
        if isinstance(event, ConsultationClassified):
            assert (event.category is Category.COMPLAINT) == (event.complaint_grade is not None)


@given(receptions, st.lists(commands, max_size=20))
def test_every_correction_of_the_moment_of_contact_keeps_the_one_before(
    reception: ReceiveConsultation, asked: list[Command]
) -> None:
    known = None
    for event in carried_out([reception, *asked])[0]:
        if isinstance(event, ConsultationCorrected) and event.contacted_at is not None:
            assert event.contacted_at_before == known
        known = getattr(event, "contacted_at", None) or known


@given(receptions, st.lists(commands, max_size=10), classifications | withdrawals | receptions)
def test_what_was_just_done_is_not_done_again(
    reception: ReceiveConsultation, asked: list[Command], last: Command
) -> None:
    once, state = carried_out([reception, *asked, last])
    twice, again = carried_out([reception, *asked, last, last])
    if getattr(last, "requirement", None) is None:
        assert (twice, again) == (once, state)


@given(st.lists(commands, max_size=20), commands)
def test_deciding_twice_decides_the_same(asked: list[Command], last: Command) -> None:
    assert carried_out([*asked, last]) == carried_out([*asked, last])


@pytest.mark.parametrize(
    "history", [[], [RECEIVED], [RECEIVED, ACKNOWLEDGED, CLASSIFIED], [RECEIVED, WITHDRAWN], [WITHDRAWN, MESSAGE]]
)
@pytest.mark.parametrize(
    "event",
    [RECEIVED, ACKNOWLEDGED, CLASSIFIED, corrected(language="en"), MESSAGE, WITHDRAWN],
    ids=lambda e: type(e).__name__,
)
def test_every_event_folds_onto_every_state(history: list[IntakeEvent], event: IntakeEvent) -> None:
    before = DECIDER.fold(DECIDER.initial, history)
    after = DECIDER.evolve(before, event)
    assert (after is not None) == (before is not None or isinstance(event, ConsultationReceived))
