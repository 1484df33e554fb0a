"""An event as a record of Kafka: CloudEvents 1.0 in binary mode (D13). The value is the stored bytes, untouched."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from shared_events.contracts.base import Origin
from shared_events.contracts.envelope import Stored, rfc3339

SOURCE_HEADER: Final = "ce_source"
SOURCE_PREFIX: Final = "urn:zixun:source:"
SCHEMA_PREFIX: Final = "urn:zixun:event:"

Headers = Sequence[tuple[str, bytes]]

_FIXED: Final = (("content-type", b"application/json"), ("ce_specversion", b"1.0"))


class NotAnEvent(ValueError):
    """A record that none of our relays wrote; the message says which header is missing or wrong."""


def headers_of(event: Stored) -> list[tuple[str, bytes]]:
    """What stands beside the body. Absent values have no header."""
    said = {
        "ce_id": str(event.event_id),
        SOURCE_HEADER: SOURCE_PREFIX + event.source,
        "ce_type": event.type,
        "ce_subject": event.subject,
        "ce_time": rfc3339(event.occurred_at),
        "ce_dataschema": f"{SCHEMA_PREFIX}{event.type}:{event.schema_version}",
        "ce_sequence": str(event.sequence),
        "ce_streamversion": str(event.version),
        "ce_recordedtime": rfc3339(event.recorded_at),
        "ce_origin": event.origin.value,
        "ce_digest": event.digest.hex(),
        "ce_actor": event.actor,
        "ce_correlationid": event.correlation_id,
        "ce_causationid": event.causation_id,
        "traceparent": event.trace_context,
    }
    return [*_FIXED, *((name, value.encode()) for name, value in said.items() if value is not None)]


def stored_from(partition: int, key: bytes | None, headers: Headers, body: bytes | None) -> Stored:
    """The event in a record. Raises `NotAnEvent`."""
    try:
        event = _stored(partition, {name: value.decode() for name, value in headers}, body)
    except KeyError as missing:
        raise NotAnEvent(f"the header {missing.args[0]} is missing") from None
    except ValueError as wrong:
        raise NotAnEvent(f"a header cannot be read: {wrong}") from None
    if key != event.subject.encode():
        raise NotAnEvent(f"the key is {key!r}, but ce_subject is {event.subject!r}")
    return event


def _stored(partition: int, said: dict[str, str], body: bytes | None) -> Stored:
    if said["ce_specversion"] != "1.0":
        raise ValueError(f"ce_specversion is {said['ce_specversion']!r}, expected '1.0'")
    if body is None:
        raise ValueError("there is no body")
    return Stored(
        source=_behind(SOURCE_PREFIX, said[SOURCE_HEADER]),
        partition=partition,
        sequence=int(said["ce_sequence"]),
        subject=said["ce_subject"],
        version=int(said["ce_streamversion"]),
        event_id=UUID(said["ce_id"]),
        type=said["ce_type"],
        schema_version=int(_behind(f"{SCHEMA_PREFIX}{said['ce_type']}:", said["ce_dataschema"])),
        occurred_at=datetime.fromisoformat(said["ce_time"]),
        recorded_at=datetime.fromisoformat(said["ce_recordedtime"]),
        actor=said["ce_actor"],
        origin=Origin(said["ce_origin"]),
        correlation_id=said["ce_correlationid"],
        causation_id=said.get("ce_causationid"),
        trace_context=said.get("traceparent"),
        body=body,
        digest=bytes.fromhex(said["ce_digest"]),
    )


def _behind(prefix: str, value: str) -> str:
    if not value.startswith(prefix):
        raise ValueError(f"expected {prefix}…, found {value!r}")
    return value.removeprefix(prefix)
