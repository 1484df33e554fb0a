"""The union of all events, and the only registry of their types: how bytes become an event again (D12)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, get_args

import orjson
from pydantic import ValidationError

from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Draft
from shared_events.contracts.feedback import FeedbackEvent
from shared_events.contracts.intake import IntakeEvent
from shared_events.contracts.routing import RoutingEvent

Event = IntakeEvent | RoutingEvent | FeedbackEvent

OWNERS: Final[dict[str, tuple[type[Fact], ...]]] = {
    "intake": get_args(IntakeEvent),
    "routing": get_args(RoutingEvent),
    "feedback": get_args(FeedbackEvent),
}

REGISTRY: Final[dict[str, type[Fact]]] = {kind.__name__: kind for kinds in OWNERS.values() for kind in kinds}

UPCASTERS: Final[dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]]] = {}
"""From (type, schema version) to what makes the raw body one of the next version. It may meet erased fields."""


class Undecodable(Exception):
    """The bytes are not an event that this release knows."""


def decode(stored: Draft) -> Fact:
    """The event of a stored one; its personal fields stay sealed. Unknown fields are ignored (tolerant reader)."""
    return decode_body(stored.type, stored.schema_version, stored.body, at=stored.occurred_at, by=stored.actor)


def decode_body(type_name: str, schema_version: int, body: bytes, *, at: datetime, by: str) -> Fact:
    """As `decode`, from the parts."""
    kind = REGISTRY.get(type_name)
    if kind is None:
        raise Undecodable(f"unknown event type {type_name!r}; this release knows {', '.join(sorted(REGISTRY))}")
    try:
        raw = orjson.loads(body)
        for version in range(schema_version, kind.schema_version):
            raw = UPCASTERS[type_name, version](raw)
        if schema_version > kind.schema_version:
            raise Undecodable(
                f"{type_name} has version {schema_version}; this release knows up to {kind.schema_version}"
            )
        raw["at"], raw["by"] = at, by
        return kind.model_validate(raw)
    except (orjson.JSONDecodeError, ValidationError, KeyError, TypeError) as error:
        raise Undecodable(f"{type_name} version {schema_version} cannot be decoded: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Why, without the values, which may be personal."""
    if isinstance(error, ValidationError):
        wrong = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False))
        return "; ".join(wrong)
    if isinstance(error, KeyError):
        return f"no upcaster {error}"
    return type(error).__name__ if isinstance(error, TypeError) else str(error)
