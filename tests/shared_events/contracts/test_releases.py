"""A release that would break what was published is refused, and told why."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared_events.contracts.base import ERASED, Fact, Personal
from shared_events.contracts.golden import Sealing, goldens_of, grown, written
from shared_events.contracts.language import Language
from shared_events.contracts.releases import Published, broken_promises, published
from shared_events.contracts.schemas import schema_of
from shared_events.keys import PersonKey, seal

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
GONE = PersonKey("example", None)


def first() -> type[Fact]:
    class Noted(Fact):
        """Noted."""

        customer_id: str
        text: Personal[str]

    return Noted


def with_a_number_for_text() -> type[Fact]:
    class Noted(Fact):
        """Noted."""

        customer_id: str
        text: int

    return Noted


def with_a_mood() -> type[Fact]:
    class Noted(Fact):
        """Noted."""

        customer_id: str
        text: Personal[str]
        mood: str | None = None

    return Noted


def second() -> type[Fact]:
    class Noted(Fact):
        """Noted."""

        schema_version = 2

        customer_id: str
        words: Personal[str]

    return Noted


def sealed(fact: Fact, event_id: Any) -> bytes:
    return seal(fact, event_id, GONE)


def files_of(kind: type[Fact]) -> list[Published]:
    examples = [written(golden) for golden in goldens_of(kind, "notes", Sealing(sealed, sealed))]
    return [
        Published(kind.__name__, kind.schema_version, "schema", schema_of(kind, "notes")),
        Published(kind.__name__, kind.schema_version, "golden", examples),
    ]


def broken(files: list[Published], kind: type[Fact] | None, upcasters: Any = None) -> list[str]:
    kinds = {} if kind is None else {kind.__name__: kind}
    schemas = {name: schema_of(each, "notes") for name, each in kinds.items()}
    return broken_promises(files, Language(kinds, upcasters or {}), schemas)


FIRST, SECOND = first(), second()
FILES = files_of(FIRST)


def test_a_release_that_changes_nothing_is_accepted() -> None:
    assert broken(FILES, FIRST) == []


def test_a_new_type_is_accepted() -> None:
    assert broken([], FIRST) == []


def test_a_changed_field_is_refused() -> None:
    changed, *unreadable = broken(FILES, with_a_number_for_text())

    assert changed == (
        "Noted.v1.schema.json: text: the type changed from 'string' to 'integer'. Leave this field as it was and add "
        "another one with a default. Or raise schema_version and write an upcaster; or make a new event type. "
        "Only if that version was never released, delete its files and generate them again."
    )
    assert unreadable == [
        f"Noted.v1.golden.json: the example {example!r} can no longer be read: Noted version 1 cannot be decoded: "
        "text: Input should be a valid integer, unable to parse string as an integer"
        for example in ("full", "minimal", "erased")
    ]


def test_a_type_that_is_gone_is_refused() -> None:
    assert broken(FILES, None) == [
        f"Noted.v1.{kind}.json: the type Noted is gone, but its events are stored for ever. Bring it back."
        for kind in ("schema", "golden")
    ]


def test_a_version_without_the_way_up_is_refused() -> None:
    (sentence, *_) = broken(FILES, SECOND)

    assert sentence.endswith("Noted version 1 cannot be decoded: there is no upcaster from version 1")


def test_a_version_with_the_way_up_is_accepted() -> None:
    upcasters = {("Noted", 1): lambda raw: {**raw, "words": raw["text"]}}

    assert broken(FILES, SECOND, upcasters) == []


def test_a_version_that_is_taken_back_is_refused() -> None:
    assert broken([*FILES, *files_of(SECOND)], FIRST) == [
        f"Noted.v2.{kind}.json: Noted has gone back to version 1. Bring version 2 back."
        for kind in ("schema", "golden")
    ]


def test_a_published_file_that_was_deleted_is_missed() -> None:
    upcasters = {("Noted", 1): lambda raw: {**raw, "words": raw["text"]}}
    schema, golden = files_of(SECOND)

    assert broken([golden, *FILES], SECOND, upcasters) == [
        "Noted.v2.schema.json: the file is missing. Bring it back; it was published."
    ]
    assert broken([schema, golden, FILES[0]], SECOND, upcasters) == [
        "Noted.v1.golden.json: the file is missing. Bring it back; it was published."
    ]


def test_released_examples_stay_when_new_ones_come() -> None:
    released, wider = FILES[1].content, files_of(with_a_mood())

    every = grown(released, wider[1].content)

    assert every[: len(released)] == released
    assert [raw["event"]["body"].get("mood") for raw in every] == [None] * 3 + ["A made-up mood, 虚构的 🙂"] * 2
    assert grown(every, wider[1].content) == every
    assert broken([wider[0], Published("Noted", 1, "golden", every)], with_a_mood()) == []


def test_examples_with_erased_fields_say_so() -> None:
    examples = {raw["example"]: raw["event"]["body"] for raw in FILES[1].content}

    assert examples["erased"] == {"customer_id": "customer-1", "text": ERASED}


@pytest.mark.parametrize("name", ["README.md", "Noted.schema.json", "Noted.v1.json", "Noted.vx.golden.json"])
def test_a_file_that_does_not_belong_there_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: expected a name such as TicketRouted.v1.schema.json"):
        published(name, b"{}")
