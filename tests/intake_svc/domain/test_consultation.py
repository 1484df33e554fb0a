"""The rules of a consultation, from its reception (R1) to its withdrawal."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from intake_svc.domain.commands import Command
from intake_svc.domain.consultation import DECIDER, Refusal
from shared_events.contracts.base import Origin
from shared_events.contracts.intake import (
    Channel,
    ConsultationAcknowledged,
    ConsultationReceived,
    Importance,
    IntakeEvent,
)
from tests.intake_svc.examples import (
    ACKNOWLEDGED,
    ADD_MESSAGE,
    CALLED,
    CLASSIFIED,
    CUSTOMER,
    MESSAGE,
    NOON,
    ONE,
    RECEIVED,
    WITHDRAWN,
    classified,
    classify,
    correct,
    corrected,
    nothing_received,
    receive,
    received,
    withdraw,
    withdrawn,
)


def test_a_received_consultation_is_acknowledged_at_once() -> None:
    nothing_received.when(receive()).then(RECEIVED, ACKNOWLEDGED)


@pytest.mark.parametrize("channel", Channel)
def test_every_channel_is_open(channel: Channel) -> None:
    decided = nothing_received.when(receive(channel=channel))
    assert [type(event) for event in decided.events] == [ConsultationReceived, ConsultationAcknowledged]


def test_everything_that_was_said_is_on_record() -> None:
    said: dict[str, Any] = {
        "language": "en",
        "importance": Importance.IMPORTANT,
        "special_needs": "Write, do not call.",
        "earlier_consultations": ("t0",),
        "appointment_at": ONE,
        "reference": "CRM-7",
    }
    promised = ACKNOWLEDGED.model_copy(update={"expected_reply_at": NOON + timedelta(hours=2)})
    nothing_received.when(receive(**said)).then(RECEIVED.model_copy(update=said), promised)


def test_an_imported_consultation_is_not_acknowledged() -> None:
    nothing_received.when(receive(origin=Origin.IMPORT)).then(RECEIVED)


def test_the_same_consultation_twice_is_one() -> None:
    received.when(receive()).then_nothing()
    withdrawn.when(receive()).then_nothing()


def test_an_id_is_not_used_for_another_consultation() -> None:
    received.when(receive(serial=10_020_035)).then_refused(Refusal.ALREADY_RECEIVED)


def test_clocks_may_differ_by_two_minutes() -> None:
    decided = nothing_received.when(receive(contacted_at=NOON + timedelta(minutes=2)))
    assert decided.refused is None


@pytest.mark.parametrize("origin", Origin)
def test_nobody_calls_from_the_future(origin: Origin) -> None:
    late = NOON + timedelta(minutes=2, microseconds=1)
    decided = nothing_received.when(receive(contacted_at=late, origin=origin))
    decided.then_refused(Refusal.CONTACTED_IN_THE_FUTURE)
    assert decided.refused is not None
    assert "Expected at most 2026-03-01T12:00:00" in decided.refused.now
    assert "found 2026-03-01T12:02:00.000001Z" in decided.refused.now


@pytest.mark.parametrize("appointment_at", [NOON, CALLED])
def test_an_appointment_lies_ahead(appointment_at: datetime) -> None:
    wanted = receive(appointment_at=appointment_at)
    nothing_received.when(wanted).then_refused(Refusal.APPOINTMENT_IN_THE_PAST)


def test_an_imported_appointment_may_be_long_over() -> None:
    imported = receive(appointment_at=CALLED, origin=Origin.IMPORT)
    nothing_received.when(imported).then(RECEIVED.model_copy(update={"appointment_at": CALLED}))


def test_a_message_is_added() -> None:
    received.when(ADD_MESSAGE).then(MESSAGE)


def test_messages_are_counted() -> None:
    state = DECIDER.fold(None, [RECEIVED, ACKNOWLEDGED, MESSAGE, MESSAGE])
    assert state is not None
    assert state.messages_count == 2


def test_a_customer_may_withdraw() -> None:
    received.when(withdraw()).then(WITHDRAWN)
    classified.when(withdraw()).then(WITHDRAWN)


def test_withdrawing_twice_is_once() -> None:
    withdrawn.when(withdraw()).then_nothing()


@pytest.mark.parametrize("command", [classify(), correct(product="X300"), correct(), ADD_MESSAGE])
def test_after_withdrawal_the_record_stands(command: Command) -> None:
    decided = withdrawn.when(command)
    decided.then_refused(Refusal.WITHDRAWN)
    assert decided.refused is not None
    assert "1002-0034-0 was withdrawn" in decided.refused.now
    assert decided.refused.allowed == ("receive_consultation",)


@pytest.mark.parametrize("command", [classify(), correct(product="X300"), ADD_MESSAGE, withdraw()])
def test_nothing_is_done_to_a_consultation_that_was_not_received(command: Command) -> None:
    nothing_received.when(command).then_refused(Refusal.NOT_RECEIVED)


def test_the_state_follows_what_is_on_record() -> None:
    earlier = CALLED - timedelta(hours=1)
    change = corrected(contacted_at=earlier, contacted_at_before=CALLED, channel=Channel.CHAT, language="en")
    state = DECIDER.fold(None, [RECEIVED, ACKNOWLEDGED, CLASSIFIED, change])
    assert state is not None
    assert (state.number, state.customer_id, state.received_at) == ("1002-0034-0", CUSTOMER, NOON)
    assert (state.contacted_at, state.channel, state.language) == (earlier, Channel.CHAT, "en")
    assert state.product == "X200"
    assert state.promised_reply_at == ACKNOWLEDGED.expected_reply_at


def test_the_reply_is_expected_as_classified_and_else_as_promised() -> None:
    soon = CLASSIFIED.model_copy(update={"expected_reply_at": ONE})
    imported = CLASSIFIED.model_copy(update={"expected_reply_at": None})
    histories: tuple[list[IntakeEvent], ...] = (
        [RECEIVED],
        [RECEIVED, ACKNOWLEDGED],
        [RECEIVED, ACKNOWLEDGED, soon],
        [RECEIVED, imported],
    )
    states = [DECIDER.fold(None, history) for history in histories]
    replies = [state.expected_reply_at for state in states if state is not None]
    assert replies == [None, ACKNOWLEDGED.expected_reply_at, ONE, None]
