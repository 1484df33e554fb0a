"""Durations are read as people write them, and refused where they could mean two things."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from sla_svc.domain.policies.durations import DURATION_SECONDS_MAX, as_written, seconds_of

lengths = st.integers(0, DURATION_SECONDS_MAX)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2h", 7200),
        ("90m", 5400),
        ("1h30m", 5400),
        ("1h0m30s", 3630),
        ("45s", 45),
        ("PT48H", 172_800),
        ("PT1H30M", 5400),
        ("PT0S", 0),
        ("3600", 3600),
        (3600, 3600),
    ],
)
def test_a_duration_is_read_in_each_of_its_forms(written: object, seconds: int) -> None:
    assert seconds_of(written) == seconds


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("soon", "expected a duration such as 2h, 90m, 1h30m, PT48H or whole seconds; found 'soon'"),
        ("", "expected a duration such as 2h, 90m, 1h30m, PT48H or whole seconds; found ''"),
        ("PT", "expected a duration such as 2h, 90m, 1h30m, PT48H or whole seconds; found 'PT'"),
        ("30m1h", "expected a duration such as 2h, 90m, 1h30m, PT48H or whole seconds; found '30m1h'"),
        ("1.5h", "expected a duration such as 2h, 90m, 1h30m, PT48H or whole seconds; found '1.5h'"),
        ("-2h", "expected a duration such as 2h, 90m, 1h30m, PT48H or whole seconds; found '-2h'"),
        ("2 h", "expected a duration such as 2h, 90m, 1h30m, PT48H or whole seconds; found '2 h'"),
        ("٢h", "expected a duration such as 2h, 90m, 1h30m, PT48H or whole seconds; found '٢h'"),
        (None, "expected a duration such as 2h, 90m, 1h30m, PT48H or whole seconds; found nothing"),
        (True, "expected a duration such as 2h, 90m, 1h30m, PT48H or whole seconds; found True"),
        ("900000h", "expected at most a hundred years; found '900000h'"),
    ],
)
def test_what_is_no_duration_is_named(written: object, message: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        seconds_of(written)
    assert refused.value.message() == message


@pytest.mark.parametrize("written", ["3d", "P3D", "P1DT2H", "1w", "P2W", "P1M", "P1Y", "1y"])
def test_days_and_longer_are_refused_because_a_calendar_could_mean_either(written: str) -> None:
    with pytest.raises(PydanticCustomError, match="expected hours instead of days or longer") as refused:
        seconds_of(written)
    assert f"found '{written}'" in refused.value.message()


@given(lengths)
def test_what_is_written_is_read_as_the_same(seconds: int) -> None:
    assert seconds_of(as_written(seconds)) == seconds
    assert seconds_of(f"PT{as_written(seconds).upper()}") == seconds
    assert seconds_of(str(seconds)) == seconds


@given(st.text())
def test_any_text_is_a_duration_or_refused(written: str) -> None:
    with suppress(PydanticCustomError):
        assert 0 <= seconds_of(written) <= DURATION_SECONDS_MAX
