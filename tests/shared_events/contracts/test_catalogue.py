"""The page on events tells an analyst every event and field, what it means, and what nobody without a key reads."""

import pytest

from shared_events.contracts.catalogue import events_page
from shared_events.contracts.schemas import Schema

SCHEMAS: list[Schema] = [
    {
        "title": "Painted",
        "description": "Something was painted.",
        "x-owner": "paint",
        "x-schema-version": 3,
        "properties": {
            "customer_id": {"type": "string"},
            "colour": {"$ref": "#/$defs/Colour", "default": "red", "description": "As in the shop."},
            "coats": {"type": "integer"},
            "dry": {"type": "boolean"},
            "glossy": {"type": "boolean", "default": True},
            "dry_at": {"type": "string", "format": "date-time"},
            "tins": {"type": "array", "items": {"type": "string"}, "default": []},
            "seller": {"$ref": "#/$defs/Seller"},
            "buyers": {"type": "array", "items": {"$ref": "#/$defs/Buyer"}, "default": []},
        },
        "required": ["customer_id", "coats"],
        "$defs": {
            "Colour": {"type": "string", "enum": ["red", "blue"], "description": "A colour."},
            "Buyer": {"type": "object", "properties": {"colours": {"type": "array", "items": {"type": "string"}}}},
            "Seller": {"type": "object", "properties": {"phone": {"type": "string", "x-personal": True}}},
        },
    },
    {
        "title": "Scraped",
        "description": "It was all for nothing.",
        "x-owner": "scraping",
        "x-schema-version": 1,
        "properties": {},
    },
]


@pytest.mark.parametrize(
    "line",
    [
        "## paint",
        "### Painted",
        "Something was painted.",
        "Version 3. Steps: P-10, P-20.",
        "| `customer_id` | text | always there |  |  |",
        "| `colour` | `red`, `blue` | `red` |  | As in the shop. |",
        "| `coats` | whole number | always there |  |  |",
        "| `dry` | yes or no | no value |  |  |",
        "| `glossy` | yes or no | yes |  |  |",
        "| `dry_at` | moment | no value |  |  |",
        "| `tins` | list of text | no value |  |  |",
        "| `seller` | group of fields | no value |  |  |",
        "| `seller.phone` | text | no value | yes |  |",
        "| `buyers` | list of group of fields | no value |  |  |",
        "| `buyers[].colours` | list of text | no value |  |  |",
        "## scraping",
        "Version 1. Steps: none.",
    ],
)
def test_the_page_has_a_line_for_everything(line: str) -> None:
    assert line in events_page(SCHEMAS, {"Painted": ["P-10", "P-20"]}).splitlines()


def test_the_events_of_an_owner_stand_together() -> None:
    lines = events_page(SCHEMAS, {}).splitlines()

    headings = [line for line in lines if line.startswith("##")]
    assert headings == ["## paint", "### Painted", "## scraping", "### Scraped"]
