"""The short number survives being read aloud, and a slip of the tongue is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_svc.domain.number import serial_of, spoken_number

serials = st.integers(min_value=1, max_value=10**15)


@pytest.mark.parametrize(
    ("serial", "spoken"),
    [
        (1, "0000-0001-3"),
        (572, "0000-0572-4"),  # the worked example that Damm's algorithm is published with
        (10_020_034, "1002-0034-0"),
        (99_999_999, "9999-9999-9"),
        (100_000_000, "1-0000-0000-5"),
        (1_234_567_890, "12-3456-7890-6"),
    ],
)
def test_digits_come_in_groups_of_four_with_the_check_digit_by_itself(serial: int, spoken: str) -> None:
    assert spoken_number(serial) == spoken


@given(serials)
def test_a_number_that_was_read_aloud_is_understood(serial: int) -> None:
    assert serial_of(spoken_number(serial)) == serial


@pytest.mark.parametrize("heard", ["100200340", "1002 0034 0", "10-02-00-34-0", "1002-0034 - 0"])
def test_people_may_group_the_digits_as_they_like(heard: str) -> None:
    assert serial_of(heard) == 10_020_034


@given(serials, st.data())
def test_one_wrong_digit_is_found(serial: int, data: st.DataObject) -> None:
    digits = spoken_number(serial).replace("-", "")
    place = data.draw(st.integers(0, len(digits) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != digits[place]]))
    with pytest.raises(ValueError, match="check digit"):
        serial_of(digits[:place] + wrong + digits[place + 1 :])


@given(serials, st.data())
def test_two_swapped_neighbours_are_found(serial: int, data: st.DataObject) -> None:
    digits = spoken_number(serial).replace("-", "")
    place = data.draw(st.integers(0, len(digits) - 2))
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    if swapped != digits:
        with pytest.raises(ValueError, match="check digit"):
            serial_of(swapped)


@pytest.mark.parametrize("text", ["", " ", "-", "abc", "1002-0034-x", "١٠٠٢٠٠٣٤٠", "1002-0034-0\n"])
def test_what_is_no_number_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="expected a number such as 1002-0034-0, found"):
        serial_of(text)


@pytest.mark.parametrize("few", ["1002", "1002-0034"])
def test_too_few_digits_are_counted(few: str) -> None:
    with pytest.raises(ValueError, match=f"expected at least 9 digits, found {len(few.replace('-', ''))} in"):
        serial_of(few)


def test_whoever_misheard_is_told_the_check_digit_that_was_expected() -> None:
    with pytest.raises(ValueError, match="expected the check digit 3, found '0000-0001-4'"):
        serial_of("0000-0001-4")


@pytest.mark.parametrize("serial", [0, -1])
def test_serials_start_at_one(serial: int) -> None:
    with pytest.raises(AssertionError, match="from 1"):
        spoken_number(serial)
