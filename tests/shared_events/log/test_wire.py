"""An event goes through a record of Kafka and is the same; what is no event of ours is told apart (D13)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_events.contracts.base import Origin
from shared_events.contracts.envelope import Stored
from shared_events.log.wire import NotAnEvent, headers_of, stored_from
from tests.shared_events.log.suite import numbered

(PLAIN,) = numbered("t-1", 1, 1)
# hypothesis wants bounds without a zone
moments = st.datetimes(datetime(1970, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as above
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
events = st.builds(
    Stored,
    source=st.sampled_from(["intake", "routing", "sla", "feedback"]),
    partition=st.integers(0, 11),
    sequence=st.integers(1, 2**62),
    subject=texts,
    version=st.integers(1, 2**31 - 1),
    event_id=st.uuids(),
    type=st.sampled_from(["ConsultationReceived", "TicketRouted"]),
    schema_version=st.integers(1, 99),
    occurred_at=moments,
    recorded_at=moments,
    actor=texts,
    origin=st.sampled_from(list(Origin)),
    correlation_id=texts,
    causation_id=st.none() | texts,
    trace_context=st.none() | texts,
    body=st.binary(max_size=100),
    digest=st.binary(min_size=32, max_size=32),
)


@given(events)
def test_an_event_comes_back_as_it_was_sent(event: Stored) -> None:
    assert stored_from(event.partition, event.subject.encode(), headers_of(event), event.body) == event


def test_a_reader_of_cloud_events_finds_what_it_expects() -> None:
    event = replace(
        PLAIN, causation_id="cause", trace_context="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    )

    assert dict(headers_of(event)) == {
        "content-type": b"application/json",
        "ce_specversion": b"1.0",
        "ce_id": str(event.event_id).encode(),
        "ce_source": b"urn:zixun:source:intake",
        "ce_type": b"Tested",
        "ce_subject": b"t-1",
        "ce_time": b"2026-03-02T12:00:00.000000Z",
        "ce_dataschema": b"urn:zixun:event:Tested:1",
        "ce_sequence": b"1",
        "ce_streamversion": b"1",
        "ce_recordedtime": b"2026-03-02T12:00:00.000000Z",
        "ce_origin": b"live",
        "ce_digest": event.digest.hex().encode(),
        "ce_actor": b"agent-1",
        "ce_correlationid": b"c-1",
        "ce_causationid": b"cause",
        "traceparent": b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }


def test_times_are_told_in_utc() -> None:
    there = replace(PLAIN, occurred_at=PLAIN.occurred_at.astimezone(timezone(timedelta(hours=8))))

    assert dict(headers_of(there))["ce_time"] == b"2026-03-02T12:00:00.000000Z"


@pytest.mark.parametrize(
    ("header", "value", "said"),
    [
        ("ce_id", None, "ce_id is missing"),
        ("ce_digest", None, "ce_digest is missing"),
        ("ce_specversion", b"0.3", "expected '1.0'"),
        ("ce_source", b"intake", "expected urn:zixun:source:"),
        ("ce_dataschema", b"urn:zixun:event:Other:1", "expected urn:zixun:event:Tested:"),
        ("ce_sequence", b"first", "cannot be read"),
        ("ce_id", b"7", "cannot be read"),
        ("ce_time", b"yesterday", "cannot be read"),
        ("ce_origin", b"dream", "cannot be read"),
        ("ce_actor", b"\xff", "cannot be read"),
        ("ce_subject", b"t-2", "the key is b't-1'"),
    ],
)
def test_a_record_that_is_no_event_of_ours_says_what_is_wrong(header: str, value: bytes | None, said: str) -> None:
    headers = [item for item in headers_of(PLAIN) if item[0] != header]
    if value is not None:
        headers.append((header, value))

    with pytest.raises(NotAnEvent, match=said):
        stored_from(3, b"t-1", headers, PLAIN.body)


def test_a_record_without_a_body_is_no_event() -> None:
    with pytest.raises(NotAnEvent, match="no body"):
        stored_from(3, b"t-1", headers_of(PLAIN), None)
