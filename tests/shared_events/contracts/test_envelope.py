"""The digest of a stored event is final: the same for ever, and another one for every change."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared_events.contracts.base import Origin
from shared_events.contracts.envelope import GENESIS, Draft, Position, chained_digest, rfc3339

PLAIN = Draft(
    subject="0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50",
    version=1,
    event_id=UUID("0199e4a2-7c1b-7d3e-9f00-000000000001"),
    type="TicketRouted",
    schema_version=1,
    occurred_at=datetime(2026, 3, 1, 8, tzinfo=UTC),
    actor="agent-1",
    origin=Origin.LIVE,
    correlation_id="request-1",
    causation_id=None,
    trace_context=None,
    body=b'{"customer_id":"c-1","tier":"CSE","team":"CSE","automatic":true}',
    digest=b"",
)
CHAINED = replace(
    PLAIN,
    version=2,
    event_id=UUID("0199e4a2-7c1b-7d3e-9f00-000000000002"),
    type="TicketReleased",
    occurred_at=datetime(2026, 3, 1, 8, 0, 0, 1, tzinfo=UTC),
    actor="system:routing",
    origin=Origin.IMPORT,
    correlation_id="请求-2",
    causation_id="0199e4a2-7c1b-7d3e-9f00-000000000001",
    body='{"customer_id":"c-1","agent_id":"代理"}'.encode(),
)

PLAIN_DIGEST = "607c3c0ddf5bfd5c0106ebd8911525c85dd04c41cfdc174c49d2d62b63ba796f"
CHAINED_DIGEST = "b484cc08c45cf917b39e5dfbd89e699d0f1c6eadc376b56172d16668d9df16ee"

OTHERS: dict[str, list[Any]] = {
    "subject": ["0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f51", ""],
    "version": [2, 11, 0],
    "event_id": [UUID(int=0)],
    "type": ["TicketRoutes", "ticketRouted"],
    "schema_version": [2],
    "occurred_at": [PLAIN.occurred_at + timedelta(microseconds=1), PLAIN.occurred_at - timedelta(days=1)],
    "actor": ["agent-2", "agent-1 ", ""],
    "origin": [Origin.IMPORT],
    "correlation_id": ["request-2", ""],
    "causation_id": ["", "request-1"],
    "body": [b"", PLAIN.body + b" ", PLAIN.body.replace(b"CSE", b"PSE", 1)],
}
NOT_COVERED = {"trace_context", "digest"}

texts = st.text(max_size=12)
drafts = st.builds(
    Draft,
    subject=texts,
    version=st.integers(0, 10**6),
    event_id=st.uuids(),
    type=texts,
    schema_version=st.integers(1, 99),
    occurred_at=st.datetimes(timezones=st.just(UTC)),
    actor=texts,
    origin=st.sampled_from(Origin),
    correlation_id=texts,
    causation_id=st.none() | texts,
    trace_context=st.none(),
    body=st.binary(max_size=12),
    digest=st.just(b""),
)
digests = st.binary(min_size=32, max_size=32)


def test_the_digest_of_a_first_event_is_this_for_ever() -> None:
    assert chained_digest(GENESIS, PLAIN).hex() == PLAIN_DIGEST


def test_the_digest_of_a_later_event_is_this_for_ever() -> None:
    assert chained_digest(bytes.fromhex(PLAIN_DIGEST), CHAINED).hex() == CHAINED_DIGEST


def test_every_field_is_either_covered_or_left_out_on_purpose() -> None:
    assert {field.name for field in fields(Draft)} == OTHERS.keys() | NOT_COVERED


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in OTHERS.items() for value in values])
def test_any_change_of_a_covered_field_changes_the_digest(name: str, value: Any) -> None:
    assert chained_digest(GENESIS, replace(PLAIN, **{name: value})) != chained_digest(GENESIS, PLAIN)


@pytest.mark.parametrize(
    "change", [{"trace_context": "00-1-2-01"}, {"digest": bytes(32)}], ids=["trace_context", "digest"]
)
def test_the_trace_and_the_digest_itself_are_not_covered(change: dict[str, Any]) -> None:
    assert chained_digest(GENESIS, replace(PLAIN, **change)) == chained_digest(GENESIS, PLAIN)


def test_the_digest_depends_on_the_event_before() -> None:
    assert chained_digest(bytes(31) + b"\x01", PLAIN) != chained_digest(GENESIS, PLAIN)


def test_an_absent_cause_is_not_an_empty_one() -> None:
    assert chained_digest(GENESIS, replace(PLAIN, causation_id="")) != chained_digest(GENESIS, PLAIN)


@given(digests, drafts, digests, drafts)
def test_different_events_have_different_digests(first: bytes, a: Draft, second: bytes, b: Draft) -> None:
    assume((first, a) != (second, b))

    assert chained_digest(first, a) != chained_digest(second, b)


@given(drafts, st.sampled_from(["actor", "type", "correlation_id", "subject"]), st.text(min_size=1, max_size=12))
def test_nothing_can_be_shifted_from_one_field_into_the_next(draft: Draft, name: str, text: str) -> None:
    after = {"subject": "type", "type": "actor", "actor": "correlation_id", "correlation_id": "causation_id"}[name]
    longer: dict[str, Any] = {name: getattr(draft, name) + text}
    shifted: dict[str, Any] = {after: text + (getattr(draft, after) or "")}
    left, right = replace(draft, **longer), replace(draft, **shifted)

    assert chained_digest(GENESIS, left) != chained_digest(GENESIS, right)


@given(st.binary(min_size=1, max_size=12), drafts)
def test_nothing_can_be_shifted_into_the_body(tail: bytes, draft: Draft) -> None:
    moved = replace(draft, correlation_id=draft.correlation_id + tail.hex())
    kept = replace(draft, body=tail.hex().encode() + draft.body)

    assert chained_digest(GENESIS, moved) != chained_digest(GENESIS, kept)


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 3, 1, 8, tzinfo=UTC), "2026-03-01T08:00:00.000000Z"),
        (datetime(2026, 3, 1, 8, 0, 0, 250_000, tzinfo=UTC), "2026-03-01T08:00:00.250000Z"),
        (datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=8))), "2026-03-01T00:00:00.000000Z"),
        (datetime(2026, 1, 1, 3, tzinfo=timezone(timedelta(hours=8))), "2025-12-31T19:00:00.000000Z"),
        (datetime(1, 2, 3, tzinfo=UTC), "0001-02-03T00:00:00.000000Z"),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_moment_is_written_in_utc_with_four_and_six_digits(moment: datetime, written: str) -> None:
    assert rfc3339(moment) == written


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_that_was_written_is_read_as_it_was(moment: datetime) -> None:
    assert datetime.fromisoformat(rfc3339(moment)) == moment
    assert len(rfc3339(moment)) == 27


def test_the_same_moment_elsewhere_has_the_same_digest() -> None:
    elsewhere = PLAIN.occurred_at.astimezone(timezone(timedelta(hours=-7)))

    assert chained_digest(GENESIS, replace(PLAIN, occurred_at=elsewhere)) == chained_digest(GENESIS, PLAIN)


def test_a_position_is_written_with_colons() -> None:
    assert str(Position("intake", 3, 42)) == "intake:3:42"
