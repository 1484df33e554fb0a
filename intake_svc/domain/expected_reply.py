"""When the customer may expect a reply: one small table.

The hours are provisional. Once the SLA policies exist they are the authority and replace this table; the complaint
grades are already those of the complaint handling regulation (R5).
"""

from datetime import timedelta
from typing import Final

from shared_events.contracts.base import Instant
from shared_events.contracts.intake import Channel, ComplaintGrade, Importance, Urgency

HOURS_BY_CHANNEL: Final = {
    Channel.TELEPHONE: 4,
    Channel.CHAT: 4,
    Channel.IN_PERSON: 4,
    Channel.WEB: 24,
    Channel.EMAIL: 24,
    Channel.LETTER: 72,
}
"""What is promised when nothing but the channel is known."""

HOURS_BY_URGENCY: Final = {Urgency.CRITICAL: 2, Urgency.HIGH: 8, Urgency.NORMAL: 24, Urgency.LOW: 48}
"""What is asked of whoever is assigned, once the urgency is known (R3)."""

HOURS_BY_GRADE: Final = {ComplaintGrade.A: 1, ComplaintGrade.B: 2}
"""R5: a complaint is responded to within this time, whoever complains."""

IMPORTANT_SHARE: Final = 0.5
"""Important customers wait half as long."""


def reply_after_reception(at: Instant, channel: Channel, importance: Importance) -> Instant:
    """What the acknowledgement promises."""
    return at + _sooner(HOURS_BY_CHANNEL[channel], importance)


def reply_after_classification(
    at: Instant, urgency: Urgency, importance: Importance, grade: ComplaintGrade | None
) -> Instant:
    """What follows from the classification alone."""
    if grade is not None:
        return at + timedelta(hours=HOURS_BY_GRADE[grade])
    return at + _sooner(HOURS_BY_URGENCY[urgency], importance)


def _sooner(hours: int, importance: Importance) -> timedelta:
    share = IMPORTANT_SHARE if importance is Importance.IMPORTANT else 1
    return timedelta(hours=hours * share)
