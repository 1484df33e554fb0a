"""What requests are made of: texts that can be stored, ids that can be logged, moments that can be."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared_events.http.bodies import TEXT_CHARACTERS_MAX, CommandBody, Identifier, ShortText, Text

TEXT: TypeAdapter[str] = TypeAdapter(Text)
SHORT: TypeAdapter[str] = TypeAdapter(ShortText)
IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)


@pytest.mark.parametrize(
    "text", ["a", "你好", "🙂", " spaced ", "line\nline", "a" * TEXT_CHARACTERS_MAX, "🙂" * TEXT_CHARACTERS_MAX]
)
def test_a_text_is_taken_as_it_is(text: str) -> None:
    assert TEXT.validate_python(text) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "at least 1 character"),
        (" \n\t\u3000", "not blank"),
        ("a\x00b", "without the NUL character"),
        ("a" * (TEXT_CHARACTERS_MAX + 1), "at most 20000 characters"),
        ("\ud800", "(surrogate|unicode)"),
        (1, "valid string"),
        (None, "valid string"),
        (["a"], "valid string"),
    ],
)
def test_a_text_that_cannot_be_stored_or_says_nothing_is_refused(text: Any, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        TEXT.validate_python(text)


def test_a_short_text_has_200_characters_at_most() -> None:
    assert SHORT.validate_python("好" * 200) == "好" * 200
    with pytest.raises(ValidationError, match="at most 200 characters"):
        SHORT.validate_python("好" * 201)


@pytest.mark.parametrize("identifier", ["a", "agent-1", "A.b_c:d-9", "9" * 100])
def test_an_identifier_is_of_plain_characters(identifier: str) -> None:
    assert IDENTIFIER.validate_python(identifier) == identifier


@pytest.mark.parametrize("identifier", ["", "-a", "a b", "a\n", "a/b", "é", "a" * 101, "a\x00"])
def test_what_could_not_be_logged_or_put_into_a_path_is_no_identifier(identifier: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        IDENTIFIER.validate_python(identifier)


def test_a_body_need_not_say_when_it_happened() -> None:
    assert CommandBody.model_validate({}).occurred_at is None


@pytest.mark.parametrize(
    "written", ["2026-03-01T08:00:00+08:00", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00.000000Z"]
)
def test_a_moment_has_an_offset(written: str) -> None:
    occurred_at = CommandBody.model_validate({"occurred_at": written}).occurred_at

    assert occurred_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert occurred_at.utcoffset() in {timedelta(0), timedelta(hours=8)}


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T08:00:00",
        "2026-03-01",
        "2026-02-30T08:00:00Z",
        "2026-03-01T25:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "1969-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "yesterday",
        "",
        True,
        [],
        {},
    ],
)
def test_a_moment_that_cannot_be_is_refused(written: Any) -> None:
    with pytest.raises(ValidationError, match="occurred_at"):
        CommandBody.model_validate({"occurred_at": written})


def test_a_field_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"colour\n  Extra inputs are not permitted"):
        CommandBody.model_validate({"colour": "red"})
