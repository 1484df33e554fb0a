"""State is what events add up to, and a rule that says no says where the thing stands."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_events.contracts.base import Origin
from shared_events.decider import Command, Decider, Refused
from tests.shared_events.counter import COUNTER, Counted, Refusal

WORDS: Decider[str, str, tuple[str, ...]] = Decider((), lambda word, _: [word], lambda said, word: (*said, word))


def test_the_state_before_any_event_is_the_initial_one() -> None:
    assert COUNTER.fold(COUNTER.initial, []) == 0


def test_events_are_folded_in_their_order() -> None:
    assert WORDS.fold(WORDS.initial, ["a", "b", "c"]) == ("a", "b", "c")
    assert COUNTER.fold(COUNTER.initial, iter([Counted(1), Counted(2)])) == 2


@given(st.lists(st.text(max_size=3)), st.lists(st.text(max_size=3)))
def test_folding_can_be_interrupted_anywhere(before: list[str], after: list[str]) -> None:
    assert WORDS.fold(WORDS.fold((), before), after) == WORDS.fold((), before + after)


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        (Refused(Refusal.FULL), "The counter is full."),
        (Refused(Refusal.FULL, now="It stands at 3."), "The counter is full. It stands at 3."),
        (Refused(Refusal.FULL, allowed=["reset", "read"]), "The counter is full. Allowed now: reset, read."),
        (
            Refused(Refusal.FULL, now="It stands at 3.", allowed=("reset",)),
            "The counter is full. It stands at 3. Allowed now: reset.",
        ),
    ],
)
def test_a_refusal_reads_as_a_sentence(refused: Refused, sentence: str) -> None:
    assert str(refused) == sentence


def test_a_refusal_has_a_code_for_programs() -> None:
    refused = Refused(Refusal.FULL, now="It stands at 3.", allowed=["reset"])

    assert (refused.reason.name, refused.now, refused.allowed) == ("FULL", "It stands at 3.", ("reset",))


def test_a_command_is_live_unless_it_says_otherwise_and_never_changes() -> None:
    command = Command(at=datetime(2026, 3, 2, tzinfo=UTC), by="agent-1")

    assert command.origin is Origin.LIVE
    with pytest.raises(FrozenInstanceError):
        command.by = "agent-2"  # type: ignore[misc] # this is what must not work


def test_of_a_value_that_is_wrong_both_sides_are_said_and_make_a_sentence() -> None:
    refused = Refused(Refusal.FULL, expected="at most 3", found="4")
    assert (refused.expected, refused.found) == ("at most 3", "4")
    assert refused.now == "Expected at most 3, found 4."
