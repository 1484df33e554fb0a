"""Golden examples: stored events, byte for byte, that every later release must be able to read (D12)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from shared_events.contracts.base import Fact, Origin
from shared_events.contracts.envelope import GENESIS, Stored, chained_digest, rfc3339
from shared_events.contracts.personal import personal_paths
from shared_events.contracts.schemas import Schema, resolved, schema_of

Seal = Callable[[Fact, UUID], bytes]
"""From a fact and the id of its event to its stored body."""

SUBJECT: Final = "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"
PARTITION: Final = 2
"""That of the subject, among twelve."""

_OCCURRED_AT: Final = datetime(2026, 3, 2, 8, 30, 15, 250_000, tzinfo=UTC)
_RECORDED_AT: Final = datetime(2026, 3, 2, 8, 30, 16, tzinfo=UTC)
_TEXTS: Final = {
    "CalendarPublished.document": '{"name":"centre"}',
    "CalendarPublished.name": "centre",
    "CalendarUsed.name": "centre",
    "Notice.name": "50%",
    "Passed.expected": "complaint",
    "Passed.found": "fees",
    "PolicyPublished.document": '{"name":"policy-1"}',
    "PolicyPublished.name": "policy-1",
    "agent_id": "agent-1",
    "by": "agent-1",
    "calendar": "centre",
    "calendar_version": "centre@1",
    "callback_id": f"{SUBJECT}.1",
    "caused_by": "0199e4a2-0000-7000-8000-000000000002",
    "clock_id": "first_response/0199e4a2-0000-7000-8000-000000000002",
    "condition": "category",
    "customer_id": "customer-1",
    "earlier_consultations": "0199e4a2-0000-7000-8000-000000000001",
    "found": "document-1",
    "from_team": "team-1",
    "holiday_data": "1.0",
    "language": "zh",
    "metric": "first_response",
    "number": "1002-0034-0",
    "pauses": "customer",
    "policy": "policy-1",
    "policy_version": "policy-1@1",
    "previous_agent_id": "agent-2",
    "product": "product-1",
    "reasons": "customer",
    "reference": "reference-1",
    "row": "row-1",
    "start": "contacted",
    "stop": "responded",
    "team": "team-2",
    "version": "1",
    "warning": "50%",
    "zone_data": "2026a",
}
"""By the field's name; or by its owner's name too, where fields of several owners have the same."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """How the personal fields of examples are stored: under a key that is in the repository, and after its erasure."""

    sealed: Seal
    erased: Seal


@dataclass(frozen=True, slots=True)
class Golden:
    """A stored event, which of a type's examples it is, and what its personal fields say to whoever has the key."""

    example: str
    event: Stored
    texts: Mapping[str, str]


def goldens_of(kind: type[Fact], owner: str, sealing: Sealing) -> list[Golden]:
    """One with every field, one with as few as can be, and one whose person was forgotten."""
    schema = schema_of(kind, owner)
    full, minimal = _fact(schema, kind, full=True), _fact(schema, kind, full=False)
    made = [_golden("full", full, owner, sealing.sealed), _golden("minimal", minimal, owner, sealing.sealed)]
    if personal_paths(kind):
        erased = _golden("erased", full, owner, sealing.erased)
        made.append(replace(erased, texts={}))
    return made


def written(golden: Golden) -> dict[str, Any]:
    """As JSON. The body is an object to be read by people; its stored bytes are its compact form, in this order."""
    event = golden.event
    return {
        "example": golden.example,
        "event": {
            "source": event.source,
            "partition": event.partition,
            "sequence": event.sequence,
            "subject": event.subject,
            "version": event.version,
            "event_id": str(event.event_id),
            "type": event.type,
            "schema_version": event.schema_version,
            "occurred_at": rfc3339(event.occurred_at),
            "recorded_at": rfc3339(event.recorded_at),
            "actor": event.actor,
            "origin": event.origin.value,
            "correlation_id": event.correlation_id,
            "causation_id": event.causation_id,
            "trace_context": event.trace_context,
            "body": orjson.loads(event.body),
            "digest": event.digest.hex(),
        },
        "texts": dict(golden.texts),
    }


def read(raw: Mapping[str, Any]) -> Golden:
    """What `written` wrote."""
    event = dict(raw["event"])
    event["event_id"] = UUID(event["event_id"])
    event["occurred_at"] = datetime.fromisoformat(event["occurred_at"])
    event["recorded_at"] = datetime.fromisoformat(event["recorded_at"])
    event["origin"] = Origin(event["origin"])
    event["body"] = orjson.dumps(event["body"])
    event["digest"] = bytes.fromhex(event["digest"])
    return Golden(raw["example"], Stored(**event), raw["texts"])


def grown(released: Sequence[Mapping[str, Any]], generated: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The released examples, all of them and unchanged, and behind them those that are new."""
    return [*released, *(example for example in generated if example not in released)]


def _golden(example: str, fact: Fact, owner: str, seal: Seal) -> Golden:
    kind = type(fact)
    event_id = uuid5(NAMESPACE_URL, f"urn:zixun:golden:{kind.__name__}:{kind.schema_version}:{example}")
    event = Stored(
        source=owner,
        partition=PARTITION,
        sequence=1,
        subject=SUBJECT,
        version=1,
        event_id=event_id,
        type=kind.__name__,
        schema_version=kind.schema_version,
        occurred_at=fact.at,
        recorded_at=_RECORDED_AT,
        actor=fact.by,
        origin=Origin.LIVE,
        correlation_id=str(event_id),
        causation_id=None,
        trace_context=None,
        body=seal(fact, event_id),
        digest=b"",
    )
    texts = {".".join(path): text for path in personal_paths(kind) if (text := _at(fact, path)) is not None}
    return Golden(example, replace(event, digest=chained_digest(GENESIS, event)), texts)


def _at(fact: Any, path: Sequence[str]) -> Any:
    for name in path:
        fact = getattr(fact, name, None)
    return fact


def _fact(schema: Schema, kind: type[Fact], *, full: bool) -> Fact:
    wanted = schema["properties"] if full else schema["required"]
    raw = {name: _value((kind.__name__, name), schema["properties"][name], schema) for name in wanted}
    return kind.model_validate({**raw, "at": _OCCURRED_AT, "by": _TEXTS["by"]})


def _value(field: tuple[str, str], node: Mapping[str, Any], whole: Schema) -> Any:
    node = resolved(node, whole)
    name = field[1]
    if "enum" in node:
        return node["enum"][0]
    match node["type"], node.get("format"):
        case "string", "date-time":
            return rfc3339(_OCCURRED_AT)
        case "string", None:
            told = _TEXTS.get(".".join(field), _TEXTS.get(name))
            return f"A made-up {name.replace('_', ' ')}, 虚构的 🙂" if told is None else told
        case "integer", _:
            return 1
        case "boolean", _:
            return True
        case "array", _:
            return [_value(field, node["items"], whole)]
        case "object", _:
            return {inner: _value((node["title"], inner), part, whole) for inner, part in node["properties"].items()}
        case _:
            raise TypeError(f"no golden example is known for the field {name!r}, {node}: say one in {__name__}")
