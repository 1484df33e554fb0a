"""A cursor goes on where its page ended, under the filters it was made for, and nobody else can make one."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_events.http.cursors import Cursors
from shared_events.http.problems import Problem

CURSORS = Cursors(b"secret")
FILTERS: dict[str, Any] = {"status": "open", "tier": None, "since": datetime(2026, 3, 1, tzinfo=UTC)}
KEY = ["2026-03-01T08:00:00Z", "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"]


@given(st.lists(st.none() | st.booleans() | st.text() | st.integers(-(2**53), 2**53), max_size=4))
def test_a_cursor_gives_its_key_back(key: list[Any]) -> None:
    cursor = CURSORS.sign(FILTERS, key)

    assert CURSORS.verify(FILTERS, cursor) == key
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_the_order_of_the_filters_does_not_matter() -> None:
    assert CURSORS.verify(dict(reversed(FILTERS.items())), CURSORS.sign(FILTERS, KEY)) == KEY


@pytest.mark.parametrize(
    "filters",
    [{}, {**FILTERS, "status": "closed"}, {**FILTERS, "tier": "CSE"}, {**FILTERS, "more": 1}, {"status": "open"}],
)
def test_a_cursor_for_other_filters_is_refused(filters: dict[str, Any]) -> None:
    assert refused(CURSORS.sign(FILTERS, KEY), filters) == "INVALID_CURSOR"


def test_a_cursor_of_another_system_is_refused() -> None:
    assert refused(Cursors(b"other").sign(FILTERS, KEY)) == "INVALID_CURSOR"


@given(st.integers(0, 10**6), st.sampled_from("ABCabc019-_!"), st.text("ab", max_size=3))
def test_a_cursor_that_was_altered_is_refused(place: int, character: str, padding: str) -> None:
    cursor = CURSORS.sign(FILTERS, [*KEY, padding])
    place %= len(cursor)
    altered = cursor[:place] + character + cursor[place + 1 :]

    assert altered == cursor or refused(altered) == "INVALID_CURSOR"


@pytest.mark.parametrize("padding", ["", "a", "aa"])
def test_a_cursor_is_written_in_one_way_only(padding: str) -> None:
    cursor = CURSORS.sign(FILTERS, [*KEY, padding])
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for other in (
        *(cursor[:-1] + letter for letter in letters),
        f"{cursor}=",
        f"{cursor}!",
        f"{cursor[:9]}!{cursor[9:]}",
    ):
        assert other == cursor or refused(other) == "INVALID_CURSOR"


@pytest.mark.parametrize("cursor", ["", "a", "ab", "é", "!!!!", "Zm9v", "a" * 5000, base64.b64encode(b"[1]").decode()])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    assert refused(cursor) == "INVALID_CURSOR"


def refused(cursor: str, filters: dict[str, Any] = FILTERS) -> str:
    with pytest.raises(Problem) as problem:
        CURSORS.verify(filters, cursor)
    assert problem.value.status == 400
    (error,) = problem.value.extensions["errors"]
    assert error["found"] == cursor[:100]
    return problem.value.code
