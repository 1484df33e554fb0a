"""A schema says what a body holds: what is always there, what is personal, and what each field means."""

from enum import StrEnum
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared_events.contracts import OWNERS
from shared_events.contracts.base import Fact, Instant, Personal
from shared_events.contracts.personal import personal_paths
from shared_events.contracts.schemas import Schema, resolved, schema_of

KINDS = [(kind, owner) for owner, kinds in OWNERS.items() for kind in kinds]


class Colour(StrEnum):
    """A colour."""

    RED = "red"


class Parent(Fact):
    """Fields come from here too."""

    customer_id: str
    """Whose key
    seals it."""


class Painted(Parent):
    """Something was painted."""

    schema_version = 3

    colour: Colour | None = None
    """None: as it was."""
    remark: Personal[str] | None = None
    dry_at: Instant
    coats: int = 1


def test_a_schema_is_made_of_types_marks_defaults_and_docstrings() -> None:
    assert schema_of(Painted, "paint") == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:zixun:event:Painted:3",
        "title": "Painted",
        "description": "Something was painted.",
        "x-owner": "paint",
        "x-schema-version": 3,
        "type": "object",
        "properties": {
            "customer_id": {"description": "Whose key seals it.", "type": "string"},
            "colour": {"description": "None: as it was.", "$ref": "#/$defs/Colour"},
            "remark": {"type": "string", "x-personal": True},
            "dry_at": {"type": "string", "format": "date-time"},
            "coats": {"type": "integer", "default": 1},
        },
        "required": ["customer_id", "dry_at"],
        "$defs": {"Colour": {"title": "Colour", "description": "A colour.", "type": "string", "enum": ["red"]}},
    }


@pytest.mark.parametrize(("kind", "owner"), KINDS)
def test_every_schema_is_valid_and_says_what_the_event_means(kind: type[Fact], owner: str) -> None:
    schema = schema_of(kind, owner)

    Draft202012Validator.check_schema(schema)
    assert schema["description"] == " ".join((kind.__doc__ or "").split("\n\n", maxsplit=1)[0].split())


@pytest.mark.parametrize(("kind", "owner"), KINDS)
def test_a_schema_marks_as_personal_what_is_sealed(kind: type[Fact], owner: str) -> None:
    schema = schema_of(kind, owner)

    assert set(marked(schema, schema)) == set(personal_paths(kind))


def marked(node: dict[str, Any], whole: Schema) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, part in node.get("properties", {}).items():
        field = resolved(part, whole)
        if field.get("x-personal"):
            found.append((name,))
        found += [(name, *path) for path in marked(field, whole)]
    return found
