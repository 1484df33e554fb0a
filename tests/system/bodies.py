"""Bodies made of nothing but what the OpenAPI document shows, and all the ways to get a field of them wrong."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.system.declared import Operation

Schema = Mapping[str, Any]

NO_TEXTS: Final[Mapping[str, Any]] = {
    "empty": "",
    "blank": " \t\n\u3000",
    "NUL": "a\0b",
    "lone surrogate": "a\ud800b",
    "a number": 1,
    "a list": ["a"],
    "an object": {"a": "b"},
}
NO_CHOICES: Final[Mapping[str, Any]] = {
    "no choice": "nonsense",
    "another case": "TELEPHONE ",
    "a number": 1,
    "empty": "",
}
NO_MOMENTS: Final[Mapping[str, Any]] = {
    "no such day": "2026-02-30T08:00:00Z",
    "no such hour": "2026-02-03T25:00:00Z",
    "no offset": "2026-02-03T08:00:00",
    "no time": "2026-02-03",
    "digits": "20260203",
    "seconds since 1970": 1_770_000_000,
    "a word": "tomorrow",
    "before all time": "0001-01-01T00:00:00Z",
    "after all time": "9999-12-31T23:59:59Z",
    "empty": "",
}
NO_TRUTHS: Final[Mapping[str, Any]] = {"a word": "yes", "a number": 1, "text": "true"}
NO_NUMBERS: Final[Mapping[str, Any]] = {
    "text": "1",
    "a fraction": 1.5,
    "a truth": True,
    "too small": 0,
    "too large": 10**9,
    "beyond all bounds": 10**400,
}
NO_IDS: Final[Mapping[str, Any]] = {"a word": "nobody", "a number": 1, "empty": ""}
NO_OBJECTS: Final[Mapping[str, Any]] = {"text": "a", "a list": [], "a number": 1}
NO_LISTS: Final[Mapping[str, Any]] = {
    "text": "a",
    "an object": {},
    "too many": ["a"] * 51,
    "of numbers": [1],
    "of blanks": [" "],
}


def body_schema(document: Schema, operation: Operation) -> Schema:
    """What the operation takes."""
    schema = operation.said["requestBody"]["content"]["application/json"]["schema"]
    return resolved(document, _present(schema))


def example_body(document: Schema, schema: Schema) -> dict[str, Any]:
    """The required fields, and those that have an example."""
    body = {}
    for name, field in schema["properties"].items():
        known = resolved(document, field)
        if "examples" in known:
            body[name] = known["examples"][0]
        elif name in schema.get("required", ()):
            choices = known.get("enum")
            assert choices, f"{schema['title']}.{name} is required and has neither an example nor choices"
            body[name] = choices[0]
    return body


def wrong_fields(document: Schema, schema: Schema) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Of every field and every way to get it wrong: the field's pointer, the way, and the body."""
    right = example_body(document, schema)
    for name, field in schema["properties"].items():
        known = resolved(document, _present(field))
        for way, wrong in _wrong_values(known).items():
            yield f"/{name}", way, right | {name: wrong}
        if name in schema.get("required", ()):
            yield f"/{name}", "null", right | {name: None}
            yield f"/{name}", "absent", {other: value for other, value in right.items() if other != name}
        if "properties" in known:
            inner = wrong_fields(document, known)
            yield from ((f"/{name}{pointer}", way, right | {name: body}) for pointer, way, body in inner)


def resolved(document: Schema, schema: Schema) -> Schema:
    """The schema itself, where there is a reference to it."""
    if "$ref" not in schema:
        return schema
    found: Schema = look_up(document, schema["$ref"])
    return {**found, **{name: value for name, value in schema.items() if name != "$ref"}}


def look_up(document: Schema, reference: str) -> Any:
    """What a reference leads to; empty if nothing is there."""
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part, {})
    return found


def _present(schema: Schema) -> Schema:
    """A field that may be absent, as it is when it is not."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    return choices[0] if choices else schema


def _wrong_values(schema: Schema) -> Mapping[str, Any]:
    match schema:
        case {"enum": _}:
            return NO_CHOICES
        case {"type": "string", "format": "date-time"}:
            return NO_MOMENTS
        case {"type": "string", "format": "uuid"}:
            return NO_IDS
        case {"type": "string", "maxLength": characters_max}:
            return {**NO_TEXTS, "enormous": "长" * (characters_max + 1)}
        case {"type": "string", "pattern": _}:
            return NO_TEXTS
        case {"type": "boolean"}:
            return NO_TRUTHS
        case {"type": "integer"}:
            return NO_NUMBERS
        case {"type": "array"}:
            return NO_LISTS
        case {"type": "object"}:
            return NO_OBJECTS
        case _:
            raise AssertionError(f"expected a kind of field that is known, found {schema}")
