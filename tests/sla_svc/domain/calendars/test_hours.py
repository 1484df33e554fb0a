"""Windows of a day: how they may be written, and what is refused."""

import pytest

from sla_svc.domain.calendars.hours import Hours, parse_hours


@pytest.mark.parametrize(
    ("written", "opens", "closes", "canonical"),
    [
        ("09:00-12:00", 9, 12, "09:00-12:00"),
        ("9:00 - 12:00", 9, 12, "09:00-12:00"),
        ("22:00-06:00", 22, 30, "22:00-06:00"),
        ("00:00-24:00", 0, 24, "00:00-24:00"),
        ("22:00-00:00", 22, 24, "22:00-24:00"),
        ("09:00:36-12:00", 9.01, 12, "09:00:36-12:00"),
    ],
)
def test_a_window_is_two_hours_of_the_clock(written: str, opens: float, closes: float, canonical: str) -> None:
    assert parse_hours(written) == Hours(int(opens * 3600), int(closes * 3600))
    assert str(parse_hours(written)) == canonical


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("9-12", "a window is written like \"09:00-12:00\"; found '9-12'"),
        (900, 'a window is written like "09:00-12:00"; found 900'),
        ("09:00-25:00", "the hours of a window are between 00:00 and 24:00; found '09:00-25:00'"),
        ("09:60-12:00", "the hours of a window are between 00:00 and 24:00; found '09:60-12:00'"),
        ("24:00-06:00", "a window opens before 24:00; found '24:00-06:00'"),
        ("09:00-09:00", "a window is longer than nothing (all day is \"00:00-24:00\"); found '09:00-09:00'"),
    ],
)
def test_what_is_no_window_is_refused(written: object, message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        parse_hours(written)
    assert str(refused.value) == message
