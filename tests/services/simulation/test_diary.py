"""The virtual time of a ticket goes forward, keeps office hours, and stops at the present."""

from datetime import UTC, datetime, timedelta

import pytest

from services.simulation.diary import ALWAYS, FRONT_DESK, OFFICE, Diary, Hours
from services.simulation.dice import dice

FRIDAY_NOON = datetime(2026, 3, 6, 4, 0, tzinfo=UTC)
FRIDAY_NIGHT = datetime(2026, 3, 6, 14, 0, tzinfo=UTC)
SATURDAY_OPENING = datetime(2026, 3, 7, 0, 0, tzinfo=UTC)
MONDAY_OPENING = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)
FAR = datetime(2027, 1, 1, tzinfo=UTC)


def diary(begin: datetime, until: datetime = FAR) -> Diary:
    return Diary(dice(1, "diary"), begin, until)


@pytest.mark.parametrize(
    ("hours", "moment", "opening"),
    [
        (ALWAYS, FRIDAY_NIGHT, FRIDAY_NIGHT),
        (OFFICE, FRIDAY_NOON, FRIDAY_NOON),
        (OFFICE, FRIDAY_NIGHT, MONDAY_OPENING),
        (OFFICE, SATURDAY_OPENING, MONDAY_OPENING),
        (FRONT_DESK, FRIDAY_NIGHT, SATURDAY_OPENING),
        (OFFICE, MONDAY_OPENING - timedelta(hours=3), MONDAY_OPENING),
    ],
)
def test_what_is_closed_waits_for_the_next_opening(hours: Hours, moment: datetime, opening: datetime) -> None:
    """In the centre's own time."""
    assert hours.next_open(moment) == opening


def test_work_begins_some_minutes_after_the_doors_open() -> None:
    """Not everybody in the same second."""
    book = diary(FRIDAY_NIGHT)
    assert book.wait(10, OFFICE)
    assert MONDAY_OPENING < book.at < MONDAY_OPENING + timedelta(minutes=20)


def test_time_goes_forward() -> None:
    """Also where an earlier moment was meant."""
    book = diary(FRIDAY_NOON)
    assert book.wait(10)
    later = book.at
    assert later > FRIDAY_NOON
    assert book.wait_until(FRIDAY_NOON)
    assert book.at >= later


def test_the_present_is_not_passed() -> None:
    """What would lie in the future does not happen, and the time stands still."""
    book = diary(FRIDAY_NOON, FRIDAY_NOON + timedelta(minutes=1))
    assert not book.wait(600)
    assert book.at == FRIDAY_NOON
