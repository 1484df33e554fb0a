"""A fact is put right; what was believed before is kept."""

from datetime import timedelta
from typing import Any

import pytest

from intake_svc.domain.consultation import CLOCK_TOLERANCE, Refusal
from shared_events.contracts.intake import (
    Channel,
    Contact,
    Importance,
)
from tests.intake_svc.examples import CALLED, NOON, ONE, correct, corrected, received


def test_a_corrected_moment_of_contact_keeps_the_one_before() -> None:
    earlier = CALLED - timedelta(hours=1)
    received.when(correct(contacted_at=earlier)).then(corrected(contacted_at=earlier, contacted_at_before=CALLED))


def test_a_second_correction_keeps_the_first() -> None:
    first, second = CALLED - timedelta(hours=1), CALLED - timedelta(hours=2)
    once = received.given(corrected(contacted_at=first, contacted_at_before=CALLED))
    once.when(correct(contacted_at=second)).then(corrected(contacted_at=second, contacted_at_before=first))


@pytest.mark.parametrize(
    "change",
    [
        {"channel": Channel.EMAIL},
        {"language": "en"},
        {"importance": Importance.IMPORTANT},
        {"product": "X300"},
        {"contact": Contact(name="陈卫")},
        {"content": "It does not stop."},
        {"special_needs": "Write, do not call."},
    ],
)
def test_each_fact_can_be_put_right(change: dict[str, Any]) -> None:
    received.when(correct(**change)).then(corrected(**change))


@pytest.mark.parametrize(
    "known",
    [
        {"channel": Channel.TELEPHONE},
        {"contacted_at": CALLED},
        {"language": "zh"},
        {"importance": Importance.NORMAL},
        {"product": "X200"},
    ],
)
def test_what_is_known_already_is_no_correction(known: dict[str, Any]) -> None:
    received.when(correct(**known)).then_nothing()


def test_only_what_changed_is_on_record() -> None:
    received.when(correct(channel=Channel.TELEPHONE, product="X300")).then(corrected(product="X300"))


def test_the_same_correction_twice_is_one() -> None:
    received.given(corrected(product="X300")).when(correct(product="X300")).then_nothing()


def test_a_correction_names_a_fact() -> None:
    received.when(correct()).then_refused(Refusal.NOTHING_TO_CORRECT)


def test_a_contact_is_not_moved_into_the_future() -> None:
    late = ONE + timedelta(minutes=3)
    received.when(correct(contacted_at=late)).then_refused(Refusal.CONTACTED_IN_THE_FUTURE)


def test_nobody_is_received_before_they_called() -> None:
    after = NOON + timedelta(minutes=3)
    received.when(correct(contacted_at=after)).then_refused(Refusal.CONTACTED_AFTER_RECEIVED)


def test_clocks_may_disagree_a_little_about_which_came_first() -> None:
    at_most = NOON + CLOCK_TOLERANCE
    received.when(correct(contacted_at=at_most)).then(corrected(contacted_at=at_most, contacted_at_before=CALLED))
