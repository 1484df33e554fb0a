"""A specification fails when what happened is not what it says, in any way."""

import pytest

from shared_events.testing import Decided, Spec
from tests.shared_events.counter import COUNTER, Count, Counted, Refusal

counter = Spec(COUNTER)


def test_what_follows_is_compared_event_by_event() -> None:
    counter.when(Count(2)).then(Counted(1), Counted(2))
    counter.given(Counted(1)).when(Count(1)).then(Counted(2))
    counter.given(Counted(1)).given(Counted(2)).when(Count(1)).then(Counted(3))


def test_a_harmless_command_leads_to_nothing() -> None:
    counter.when(Count(0)).then_nothing()
    counter.when(Count(0)).then()


def test_a_refusal_is_compared_by_its_reason() -> None:
    counter.given(Counted(3)).when(Count(1)).then_refused(Refusal.FULL)
    counter.when(Count(-1)).then_refused(Refusal.UNKNOWN)


def test_a_specification_can_be_used_again() -> None:
    counter.given(Counted(1), Counted(2))

    counter.when(Count(1)).then(Counted(1))


@pytest.mark.parametrize(
    "expected", [(), (Counted(1),), (Counted(2), Counted(1)), (Counted(1), Counted(2), Counted(3))]
)
def test_other_events_fail_the_test(expected: tuple[Counted, ...]) -> None:
    with pytest.raises(AssertionError):
        counter.when(Count(2)).then(*expected)


def test_events_where_none_were_expected_fail_the_test() -> None:
    with pytest.raises(AssertionError):
        counter.when(Count(1)).then_nothing()


def test_a_refusal_where_none_was_expected_fails_the_test_and_is_told() -> None:
    refused: Decided[Counted] = counter.given(Counted(3)).when(Count(1))

    with pytest.raises(AssertionError, match=r"was refused: The counter is full\. It stands at 3\."):
        refused.then(Counted(4))
    with pytest.raises(AssertionError, match=r"was refused: The counter is full\."):
        refused.then_nothing()


def test_another_or_no_refusal_fails_the_test() -> None:
    with pytest.raises(AssertionError):
        counter.given(Counted(3)).when(Count(1)).then_refused(Refusal.UNKNOWN)
    with pytest.raises(AssertionError, match=r"got \(Counted\(to=1\),\)"):
        counter.when(Count(1)).then_refused(Refusal.FULL)
