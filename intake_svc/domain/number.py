"""The short number of a consultation: made to be read aloud, with a check digit that finds a slip of the tongue."""

import re
from typing import Final

from stdnum import damm

DIGITS_MIN: Final = 8
GROUP_DIGITS: Final = 4

_SPOKEN: Final = re.compile(r"[0-9]([0-9 \-]*[0-9])?")


def spoken_number(serial: int) -> str:
    """`10020034` → `1002-0034-0`: at least eight digits in groups of four, then the check digit by itself.

    Damm's check digit finds every single wrong digit and every swap of two neighbours.
    """
    assert serial > 0, f"expected a serial number from 1, found {serial}"
    digits = str(serial).zfill(DIGITS_MIN)
    return f"{_grouped(digits)}-{damm.calc_check_digit(digits)}"


def serial_of(spoken: str) -> int:
    """`1002-0034-0` → `10020034`; hyphens and spaces may be anywhere, as people type what they heard.

    Raises `ValueError` that says what was expected and found.
    """
    if not _SPOKEN.fullmatch(spoken):
        raise ValueError(f"expected a number such as {spoken_number(10020034)}, found {spoken!r}")
    digits = re.sub(r"[ \-]", "", spoken)
    if len(digits) <= DIGITS_MIN:
        raise ValueError(f"expected at least {DIGITS_MIN + 1} digits, found {len(digits)} in {spoken!r}")
    if damm.checksum(digits) != 0:
        raise ValueError(f"expected the check digit {damm.calc_check_digit(digits[:-1])}, found {spoken!r}")
    return int(digits[:-1])


def _grouped(digits: str) -> str:
    """Groups from the right, so that a ninth digit comes first and the familiar groups stay as they are."""
    first = len(digits) % GROUP_DIGITS
    groups = [digits[start : start + GROUP_DIGITS] for start in range(first, len(digits), GROUP_DIGITS)]
    return "-".join([digits[:first], *groups] if first else groups)
