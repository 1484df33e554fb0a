"""The page `docs/events.md`: every event for those who analyse them, from the same schemas that programs read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from shared_events.contracts.schemas import Schema, resolved

_INTRODUCTION: Final = """\
# The events

Generated from the contracts by `make schemas`; do not edit. The JSON Schemas and examples of every version are in
`shared_events/contracts/published/`.

An event never changes its meaning. Fields may be added, always with a default; so a reader ignores what it does not
know. A field without a value is left out, never null. `customer_id` names the customer, whose key seals the fields
marked as personal: who has no key reads an opaque token there (`zx1:…`), and everybody reads `[erased]` once the
customer was forgotten. `step` is the box of the flow chart CS/TA06-24.

Around every body is the same envelope:

| field | what it says |
|---|---|
| `source`, `partition`, `sequence` | which service wrote it, and its number there: 1, 2, 3 … in every partition |
| `subject`, `version` | the ticket's id, and the number among this service's events of the ticket |
| `event_id` | its own id |
| `type`, `schema_version` | which of the tables below describes the body |
| `occurred_at` | when it happened |
| `recorded_at` | when it was stored; never runs backwards within a partition |
| `actor` | whose id did it; `system:…` for a service |
| `origin` | `live`, or `import` from an older system |
| `correlation_id`, `causation_id` | the request, and the event that led to it |
| `trace_context` | the W3C `traceparent` of the request |
| `body` | the fields below |
| `digest` | SHA-256 over all the rest and the digest of the stream's event before it |
"""


_TYPES: Final = {"string": "text", "integer": "whole number", "boolean": "yes or no", "object": "group of fields"}


def events_page(schemas: Sequence[Schema], steps: Mapping[str, Sequence[str]]) -> str:
    """The whole page. `steps` has the codes of the flow chart that each type may carry."""
    lines = [_INTRODUCTION]
    owners = list(dict.fromkeys(schema["x-owner"] for schema in schemas))
    for owner in owners:
        lines += [f"## {owner}", ""]
        for schema in schemas:
            if schema["x-owner"] == owner:
                lines += _event(schema, steps.get(schema["title"], ()))
    return "\n".join(lines).rstrip() + "\n"


def _event(schema: Schema, steps: Sequence[str]) -> list[str]:
    return [
        f"### {schema['title']}",
        "",
        f"{schema['description']}",
        "",
        f"Version {schema['x-schema-version']}. Steps: {', '.join(steps) or 'none'}.",
        "",
        "| field | type | if absent | personal | meaning |",
        "|---|---|---|---|---|",
        *_rows(schema, schema, ""),
        "",
    ]


def _rows(node: Mapping[str, Any], whole: Schema, prefix: str) -> Iterator[str]:
    for name, field in node["properties"].items():
        full = resolved(field, whole)
        absent = "always there" if name in node.get("required", ()) else _default(field)
        personal = "yes" if full.get("x-personal") else ""
        yield f"| `{prefix}{name}` | {_type(full, whole)} | {absent} | {personal} | {full.get('description', '')} |"
        if "properties" in full:
            yield from _rows(full, whole, f"{prefix}{name}.")
        listed = resolved(full.get("items", {}), whole)
        if "properties" in listed:
            yield from _rows(listed, whole, f"{prefix}{name}[].")


def _default(field: Mapping[str, Any]) -> str:
    match field.get("default"):
        case bool(default):
            return "yes" if default else "no"
        case str(default):
            return f"`{default}`"
        case _:
            return "no value"


def _type(field: Mapping[str, Any], whole: Schema) -> str:
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "items" in field:
        return f"list of {_type(resolved(field['items'], whole), whole)}"
    if field.get("format") == "date-time":
        return "moment"
    return _TYPES[field["type"]]
