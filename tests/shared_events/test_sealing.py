"""A sealed field opens with its person's key, where it was put, and in no other way."""

from dataclasses import replace

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from shared_events.contracts.base import ERASED
from shared_events.contracts.intake import ConsultationCorrected, Contact
from shared_events.contracts.routing import TicketReleased
from shared_events.keys import UNREADABLE, open_token, seal
from tests.shared_events.sealing import EVENT, KEY, NOON, token_of


@given(st.text(), st.text())
def test_whatever_was_sealed_is_opened_as_it_was(first: str, second: str) -> None:
    corrected = ConsultationCorrected(
        customer_id="c-1", reason=first, contact=Contact(phone=second), product="p", at=NOON, by="a-1"
    )

    body = orjson.loads(seal(corrected, EVENT, KEY))

    assert body.keys() == {"customer_id", "reason", "contact", "product"}
    assert (body["customer_id"], body["product"]) == ("c-1", "p")
    assert open_token(body["reason"], KEY) == first
    assert open_token(body["contact"]["phone"], KEY) == second


def test_a_field_is_sealed_differently_each_time() -> None:
    tokens = {token_of("the same") for _ in range(100)}

    assert len({token.rpartition(":")[2] for token in tokens}) == 100
    assert {open_token(token, KEY) for token in tokens} == {"the same"}


def test_a_text_that_looks_like_a_token_is_sealed_like_any_other() -> None:
    inner = token_of("inner")

    outer = token_of(inner)

    assert inner not in outer
    assert open_token(outer, KEY) == inner


@pytest.mark.parametrize("text", [ERASED, UNREADABLE, "zx1:", "zx1:key-1:event:reason:AAAA"])
def test_a_text_that_looks_like_an_answer_of_ours_comes_back_as_it_was(text: str) -> None:
    assert open_token(token_of(text), KEY) == text


def test_a_token_names_its_key_its_event_and_its_field() -> None:
    assert token_of("text").startswith(f"zx1:key-1:{EVENT}:reason:")


def test_only_the_right_key_opens() -> None:
    token = token_of("text")

    assert open_token(token, replace(KEY, cipher=AESGCM(b"\x01" * 32))) == UNREADABLE
    assert open_token(token, None) == UNREADABLE
    assert open_token(token, replace(KEY, cipher=None)) == ERASED


@pytest.mark.parametrize(
    ("part", "other"),
    [(0, "zx2"), (1, "key-2"), (2, "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f51"), (3, "note"), (3, "contact.reason")],
)
def test_a_token_that_was_moved_elsewhere_is_unreadable(part: int, other: str) -> None:
    parts = token_of("text").split(":")
    parts[part] = other

    assert open_token(":".join(parts), KEY) == UNREADABLE


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_token_that_was_altered_anywhere_is_unreadable(place: int, change: int) -> None:
    token = token_of("text, 虚构的 🙂")
    place %= len(token)

    altered = token[:place] + chr(ord(token[place]) ^ change) + token[place + 1 :]

    assert open_token(altered, KEY) == UNREADABLE


@pytest.mark.parametrize(
    "token", ["", "text", "zx1", "zx1:key-1", "zx1:key-1:e:f:", "zx1:key-1:e:f:é", "zx1:::::", "[x]"]
)
def test_what_is_no_token_is_unreadable(token: str) -> None:
    assert open_token(token, KEY) == UNREADABLE


def test_a_fact_with_personal_values_cannot_be_stored_without_a_key() -> None:
    released = TicketReleased(customer_id="c-1", agent_id="a-1", reason="text", at=NOON, by="a-1")

    with pytest.raises(AssertionError, match="sealed with its person's key"):
        seal(released, EVENT, None)


def test_a_fact_without_personal_values_needs_no_key() -> None:
    released = TicketReleased(customer_id="c-1", agent_id="a-1", at=NOON, by="a-1")

    assert seal(released, EVENT, None) == b'{"customer_id":"c-1","agent_id":"a-1"}'
