"""A released schema may gain optional fields and values; every other change is refused, with what to do instead."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from shared_events.contracts.compatibility import breaks

RELEASED: dict[str, Any] = {
    "title": "Tested",
    "type": "object",
    "properties": {
        "customer_id": {"type": "string"},
        "channel": {"$ref": "#/$defs/Channel"},
        "text": {"type": "string", "x-personal": True},
        "answer": {"type": "integer"},
        "language": {"type": "string", "default": "zh"},
        "due_at": {"type": "string", "format": "date-time"},
        "found": {"type": "array", "items": {"$ref": "#/$defs/Found"}, "default": []},
        "contact": {"$ref": "#/$defs/Contact"},
        "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
    "required": ["customer_id", "channel", "text", "answer"],
    "$defs": {
        "Channel": {"type": "string", "enum": ["telephone", "letter"]},
        "Contact": {"type": "object", "properties": {"phone": {"type": "string", "x-personal": True}}},
        "Found": {"type": "object", "properties": {"document": {"type": "string"}}, "required": ["document"]},
    },
}

Change = Callable[[dict[str, Any]], object]


def properties(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["properties"]
    return found


def rename(schema: dict[str, Any]) -> None:
    properties(schema)["tongue"] = properties(schema).pop("language")


COMPATIBLE: dict[str, Change] = {
    "nothing": lambda _: None,
    "an optional field": lambda s: properties(s).update(note={"type": "string"}),
    "an optional field in a group": lambda s: s["$defs"]["Contact"]["properties"].update(fax={"type": "string"}),
    "a value": lambda s: s["$defs"]["Channel"]["enum"].append("chat"),
    "a value in front": lambda s: s["$defs"]["Channel"]["enum"].insert(0, "chat"),
    "another order": lambda s: s.update(properties=dict(reversed(properties(s).items()))),
    "descriptions": lambda s: properties(s)["channel"].update(description="How", title="Channel", examples=["letter"]),
    "a definition in the place of a reference": lambda s: properties(s).update(channel=s["$defs"].pop("Channel")),
}

INCOMPATIBLE: dict[str, tuple[Change, str, str]] = {
    "a field removed": (lambda s: properties(s).pop("language"), "language", "the field was removed"),
    "a field renamed": (rename, "language", "the field was removed (renamed to tongue?)"),
    "a field removed in a group": (
        lambda s: s["$defs"]["Contact"]["properties"].clear(),
        "contact.phone",
        "the field was removed",
    ),
    "a new required field": (
        lambda s: (properties(s).update(team={"type": "string"}), s["required"].append("team")),
        "team",
        "the field is now required",
    ),
    "an old field required": (lambda s: s["required"].append("due_at"), "due_at", "the field is now required"),
    "a field required in a group": (
        lambda s: s["$defs"]["Contact"].update(required=["phone"]),
        "contact.phone",
        "the field is now required",
    ),
    "a required field optional": (
        lambda s: s["required"].remove("answer"),
        "answer",
        "the field was always there and may now be absent",
    ),
    "another type": (
        lambda s: properties(s)["answer"].update(type="string"),
        "answer",
        "the type changed from 'integer' to 'string'",
    ),
    "another type in a list": (
        lambda s: s["$defs"]["Found"]["properties"]["document"].update(type="integer"),
        "found[].document",
        "the type changed from 'string' to 'integer'",
    ),
    "another type in a map": (
        lambda s: properties(s)["counts"]["additionalProperties"].update(type="number"),
        "counts{}",
        "the type changed from 'integer' to 'number'",
    ),
    "one into many": (
        lambda s: properties(s).update(text={"type": "array", "items": {"type": "string", "x-personal": True}}),
        "text",
        "the type changed from 'string' to 'array'",
    ),
    "no type": (lambda s: properties(s).update(answer={}), "answer", "the type changed from 'integer' to nothing"),
    "a moment into a text": (
        lambda s: properties(s)["due_at"].pop("format"),
        "due_at",
        "format changed from 'date-time' to nothing",
    ),
    "a value removed": (
        lambda s: s["$defs"]["Channel"]["enum"].remove("letter"),
        "channel",
        "the value 'letter' was removed",
    ),
    "all values allowed": (
        lambda s: s["$defs"]["Channel"].pop("enum"),
        "channel",
        "enum changed from ['telephone', 'letter'] to nothing",
    ),
    "few values allowed": (
        lambda s: properties(s)["language"].update(enum=["zh"]),
        "language",
        "enum changed from nothing to ['zh']",
    ),
    "a bound": (
        lambda s: properties(s)["answer"].update(maximum=9),
        "answer",
        "maximum changed from nothing to 9",
    ),
    "another default": (
        lambda s: properties(s)["language"].update(default="en"),
        "language",
        "default changed from 'zh' to 'en'",
    ),
    "no longer personal": (
        lambda s: properties(s)["text"].pop("x-personal"),
        "text",
        "x-personal changed from True to nothing",
    ),
    "personal from now on": (
        lambda s: properties(s)["language"].update({"x-personal": True}),
        "language",
        "x-personal changed from nothing to True",
    ),
    "one type fewer": (
        lambda s: properties(s)["either"]["anyOf"].pop(),
        "either",
        "the number of its types changed from 2 to 1",
    ),
    "one of two types": (
        lambda s: properties(s)["either"]["anyOf"][1].update(type="boolean"),
        "either",
        "the type changed from 'integer' to 'boolean'",
    ),
    "closed to unknown fields": (
        lambda s: s.update(additionalProperties=False),
        "the body",
        "additionalProperties changed from nothing to False",
    ),
}


def changed(change: Change) -> dict[str, Any]:
    schema = copy.deepcopy(RELEASED)
    change(schema)
    return schema


@pytest.mark.parametrize("change", COMPATIBLE.values(), ids=COMPATIBLE)
def test_what_old_events_do_not_notice_is_allowed(change: Change) -> None:
    assert breaks(RELEASED, changed(change)) == []


@pytest.mark.parametrize(("change", "path", "what"), INCOMPATIBLE.values(), ids=INCOMPATIBLE)
def test_what_old_events_would_notice_is_refused(change: Change, path: str, what: str) -> None:
    (found,) = breaks(RELEASED, changed(change))

    assert str(found).startswith(f"{path}: {what}. ")
    assert str(found).endswith("Or raise schema_version and write an upcaster; or make a new event type.")


def test_every_change_is_told() -> None:
    def change(schema: dict[str, Any]) -> None:
        properties(schema).pop("due_at")
        schema["$defs"]["Channel"]["enum"].clear()

    assert [each.what for each in breaks(RELEASED, changed(change))] == [
        "the value 'telephone' was removed",
        "the value 'letter' was removed",
        "the field was removed",
    ]
