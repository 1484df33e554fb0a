"""A reader takes what it knows, ignores what was added, and names what it cannot read."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from shared_events.contracts import LANGUAGE, OWNERS, REGISTRY
from shared_events.contracts.base import ERASED, Fact, Personal
from shared_events.contracts.intake import Contact
from shared_events.contracts.language import Language, Undecodable, Upcaster
from shared_events.contracts.routing import TicketReleased

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Noted(Fact):
    """Had `words` in version 1, `text` in version 2, and has `text` and `length` now."""

    schema_version = 3

    customer_id: str
    text: Personal[str]
    length: int | None


def words_to_text(raw: dict[str, Any]) -> dict[str, Any]:
    return {**{name: value for name, value in raw.items() if name != "words"}, "text": raw["words"]}


def measure(raw: dict[str, Any]) -> dict[str, Any]:
    return {**raw, "length": None if raw["text"] == ERASED else len(raw["text"])}


UPCASTERS = {("Noted", 1): words_to_text, ("Noted", 2): measure}


def decode(
    body: bytes,
    *,
    type_name: str = "Noted",
    version: int = 3,
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
) -> Fact:
    return Language({"Noted": Noted}, upcasters).decode_body(type_name, version, body, at=NOON, by="agent-1")


def test_moment_and_actor_come_from_the_envelope() -> None:
    body = b'{"customer_id":"c-1","agent_id":"agent-2","at":"1999-01-01T00:00:00Z","by":"somebody"}'

    event = LANGUAGE.decode_body("TicketReleased", 1, body, at=NOON, by="agent-1")

    assert event == TicketReleased(customer_id="c-1", agent_id="agent-2", at=NOON, by="agent-1")


def test_unknown_fields_are_ignored() -> None:
    body = b'{"customer_id":"c-1","agent_id":"a","colour":"red","nested":{"deep":[1,2]}}'

    event = LANGUAGE.decode_body("TicketReleased", 1, body, at=NOON, by="a")

    assert event == TicketReleased(customer_id="c-1", agent_id="a", at=NOON, by="a")


def test_unknown_fields_of_a_group_are_ignored() -> None:
    assert Contact.model_validate({"phone": "sealed", "pager": "sealed"}) == Contact(phone="sealed")


def test_an_unknown_type_is_named_with_those_that_are_known() -> None:
    with pytest.raises(Undecodable, match=r"^unknown event type 'Sung'; this release knows Noted$"):
        decode(b"{}", type_name="Sung")


@pytest.mark.parametrize("version", [0, -1, 4, 99])
def test_an_unknown_version_is_named_with_those_that_are_known(version: int) -> None:
    with pytest.raises(Undecodable, match=rf"^Noted has version {version}; this release knows versions 1 to 3$"):
        decode(b"{}", version=version)


def test_an_old_body_is_brought_up_version_by_version() -> None:
    event = decode('{"customer_id":"c-1","words":"你好"}'.encode(), version=1)

    assert event == Noted(customer_id="c-1", text="你好", length=2, at=NOON, by="agent-1")


def test_an_upcaster_may_meet_erased_fields() -> None:
    event = decode(b'{"customer_id":"c-1","text":"[erased]"}', version=2)

    assert event == Noted(customer_id="c-1", text=ERASED, length=None, at=NOON, by="agent-1")


def test_a_body_of_this_version_meets_no_upcaster() -> None:
    event = decode(b'{"customer_id":"c-1","text":"a","length":99}')

    assert event == Noted(customer_id="c-1", text="a", length=99, at=NOON, by="agent-1")


def test_a_missing_upcaster_is_named() -> None:
    with pytest.raises(Undecodable, match=r"^Noted version 1 cannot be decoded: there is no upcaster from version 2$"):
        decode(b'{"words":"a"}', version=1, upcasters={("Noted", 1): words_to_text})


def test_an_upcaster_that_fails_is_named() -> None:
    failed = r"^Noted version 1 cannot be decoded: the upcaster from version 1 failed with KeyError$"
    with pytest.raises(Undecodable, match=failed):
        decode(b'{"customer_id":"c-1"}', version=1)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", r"Input is a zero-length, empty document"),
        (b'{"customer_id":', r"unexpected end of data"),
        (b"\xff", r"not valid UTF-8"),
        (b"[1]", r"expected a JSON object, found list"),
        (b"null", r"expected a JSON object, found NoneType"),
        (b'"text"', r"expected a JSON object, found str"),
        (b'{"customer_id":"c-1","text":"a"}', r"length: Field required$"),
        (b'{"customer_id":1,"text":"a","length":"many"}', r"customer_id: .* string; length: .* integer"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(Undecodable, match=rf"^Noted version 3 cannot be decoded: .*{reason}"):
        decode(body)


def test_what_is_told_holds_no_values_which_may_be_personal() -> None:
    with pytest.raises(Undecodable) as told:
        decode(b'{"customer_id":["secret-1"],"text":{"secret-2":1},"length":"secret-3"}')

    assert "secret" not in str(told.value)


def test_a_value_that_a_later_release_added_is_told_and_not_guessed() -> None:
    with pytest.raises(Undecodable, match="channel: Input should be 'telephone'"):
        LANGUAGE.decode_body(
            "CustomerMessageReceived", 1, b'{"customer_id":"c","channel":"fax","message":"m"}', at=NOON, by="a"
        )


def test_the_registry_has_every_event_of_every_owner_once() -> None:
    kinds = [kind for owned in OWNERS.values() for kind in owned]

    assert len(REGISTRY) == len(kinds) == len(set(kinds))
    assert all(REGISTRY[kind.__name__] is kind for kind in kinds)
