"""An event as a record of Kafka: CloudEvents 1.0 in binary mode (D13). The value is the stored bytes, untouched."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from shared_events.contracts.base import Origin
from shared_events.contracts.envelope import Stored, rfc3339

SOURCE_HEADER: Final = "ce_source"
SOURCE_PREFIX: Final = "urn:zixun:source:"
SCHEMA_PREFIX: Final = "urn:zixun:event:"

Headers = Sequence[tuple[str, bytes]]

_CONTENT_TYPE: Final = ("content-type", b"application/json")
_SPEC_VERSION: Final = ("ce_specversion", b"1.0")


class NotAnEvent(ValueError):
    """A record that none of our relays wrote; the message says which header is missing or wrong."""


def headers_of(event: Stored) -> list[tuple[str, bytes]]:
    """What stands beside the body. Absent values have no header."""
    source, kind, schema = _common(event.source, event.type, event.schema_version)
    headers = [
        _CONTENT_TYPE,
        _SPEC_VERSION,
        ("ce_id", str(event.event_id).encode()),
        source,
        kind,
        ("ce_subject", event.subject.encode()),
        ("ce_time", rfc3339(event.occurred_at).encode()),
        schema,
        ("ce_sequence", b"%d" % event.sequence),
        ("ce_streamversion", b"%d" % event.version),
        ("ce_recordedtime", rfc3339(event.recorded_at).encode()),
        ("ce_origin", event.origin.encode()),
        ("ce_digest", event.digest.hex().encode()),
        ("ce_actor", event.actor.encode()),
        ("ce_correlationid", event.correlation_id.encode()),
    ]
    if event.causation_id is not None:
        headers.append(("ce_causationid", event.causation_id.encode()))
    if event.trace_context is not None:
        headers.append(("traceparent", event.trace_context.encode()))
    return headers


def stored_from(partition: int, key: bytes | None, headers: Headers, body: bytes | None) -> Stored:
    """The event in a record. Raises `NotAnEvent`."""
    try:
        event = _stored(partition, dict(headers), body)
    except KeyError as missing:
        raise NotAnEvent(f"the header {missing.args[0]} is missing") from None
    except ValueError as wrong:
        raise NotAnEvent(f"a header cannot be read: {wrong}") from None
    if key != event.subject.encode():
        raise NotAnEvent(f"the key is {key!r}, but ce_subject is {event.subject!r}")
    return event


@lru_cache(maxsize=1024)
def _common(source: str, kind: str, schema_version: int) -> tuple[tuple[str, bytes], ...]:
    """The headers that all events of a kind share: source, type and schema."""
    return (
        (SOURCE_HEADER, (SOURCE_PREFIX + source).encode()),
        ("ce_type", kind.encode()),
        ("ce_dataschema", f"{SCHEMA_PREFIX}{kind}:{schema_version}".encode()),
    )


def _stored(partition: int, said: dict[str, bytes], body: bytes | None) -> Stored:
    if said["ce_specversion"] != b"1.0":
        raise ValueError(f"ce_specversion is {said['ce_specversion']!r}, expected '1.0'")
    if body is None:
        raise ValueError("there is no body")
    source, kind, schema_version = _kind(said[SOURCE_HEADER], said["ce_type"], said["ce_dataschema"])
    causation_id, trace_context = said.get("ce_causationid"), said.get("traceparent")
    return Stored(
        source=source,
        partition=partition,
        sequence=int(said["ce_sequence"]),
        subject=said["ce_subject"].decode(),
        version=int(said["ce_streamversion"]),
        event_id=UUID(said["ce_id"].decode()),
        type=kind,
        schema_version=schema_version,
        occurred_at=datetime.fromisoformat(said["ce_time"].decode()),
        recorded_at=datetime.fromisoformat(said["ce_recordedtime"].decode()),
        actor=said["ce_actor"].decode(),
        origin=_origin(said["ce_origin"]),
        correlation_id=said["ce_correlationid"].decode(),
        causation_id=None if causation_id is None else causation_id.decode(),
        trace_context=None if trace_context is None else trace_context.decode(),
        body=body,
        digest=bytes.fromhex(said["ce_digest"].decode()),
    )


@lru_cache(maxsize=1024)
def _kind(source: bytes, kind: bytes, schema: bytes) -> tuple[str, str, int]:
    """What `_common` was made of."""
    version = _behind(f"{SCHEMA_PREFIX}{kind.decode()}:", schema.decode())
    return _behind(SOURCE_PREFIX, source.decode()), kind.decode(), int(version)


@lru_cache(maxsize=8)
def _origin(value: bytes) -> Origin:
    return Origin(value.decode())


def _behind(prefix: str, value: str) -> str:
    if not value.startswith(prefix):
        raise ValueError(f"expected {prefix}…, found {value!r}")
    return value.removeprefix(prefix)
