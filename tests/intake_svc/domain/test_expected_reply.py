"""The table of expected replies is complete, and its exceptions hold."""

from datetime import UTC, datetime, timedelta

import pytest

from intake_svc.domain.expected_reply import reply_after_classification, reply_after_reception
from shared_events.contracts.intake import Channel, ComplaintGrade, Importance, Urgency

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("channel", "hours"),
    [
        (Channel.TELEPHONE, 4),
        (Channel.CHAT, 4),
        (Channel.IN_PERSON, 4),
        (Channel.WEB, 24),
        (Channel.EMAIL, 24),
        (Channel.LETTER, 72),
    ],
)
def test_every_channel_has_its_promise_and_important_customers_half_of_it(channel: Channel, hours: int) -> None:
    assert reply_after_reception(NOON, channel, Importance.NORMAL) == NOON + timedelta(hours=hours)
    assert reply_after_reception(NOON, channel, Importance.IMPORTANT) == NOON + timedelta(hours=hours / 2)


@pytest.mark.parametrize(
    ("urgency", "hours"), [(Urgency.CRITICAL, 2), (Urgency.HIGH, 8), (Urgency.NORMAL, 24), (Urgency.LOW, 48)]
)
def test_every_urgency_has_its_hours_and_important_customers_half_of_them(urgency: Urgency, hours: int) -> None:
    assert reply_after_classification(NOON, urgency, Importance.NORMAL, None) == NOON + timedelta(hours=hours)
    assert reply_after_classification(NOON, urgency, Importance.IMPORTANT, None) == NOON + timedelta(hours=hours / 2)


def test_the_more_urgent_the_sooner() -> None:
    replies = [reply_after_classification(NOON, urgency, Importance.NORMAL, None) for urgency in Urgency]
    assert replies == sorted(replies, reverse=True)
    assert len(set(replies)) == len(Urgency)


@pytest.mark.parametrize(("grade", "hours"), [(ComplaintGrade.A, 1), (ComplaintGrade.B, 2)])
@pytest.mark.parametrize("importance", Importance)
def test_the_grade_of_a_complaint_alone_decides(grade: ComplaintGrade, hours: int, importance: Importance) -> None:
    for urgency in Urgency:
        assert reply_after_classification(NOON, urgency, importance, grade) == NOON + timedelta(hours=hours)
