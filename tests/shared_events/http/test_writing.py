"""What a write says in its headers decides under which key and on which condition it is carried out."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from fastapi import Request, Response
from pydantic import BaseModel

from shared_events.contracts.envelope import Position
from shared_events.decider import Refused
from shared_events.http.access import Principal, Role
from shared_events.http.bodies import CLOCK_TOLERANCE, CommandBody
from shared_events.http.problems import Problem
from shared_events.http.writing import Write, reader, refuse_fault, writer
from shared_events.runtime.commands import Handled
from tests.shared_events.conftest import FixedClock

AGENT = Principal("agent-1", Role.AGENT)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NOW = FixedClock().moment


class No(StrEnum):
    """Why not."""

    NOT_NOW = "Not now."


class Out(BaseModel):
    """What is answered."""

    subject: str
    state: str

    @classmethod
    def of(cls, handled: Handled[str]) -> "Out":
        """Rendered."""
        return cls(subject=handled.subject, state=handled.state)


class Waits:
    """Has consumed intake up to 3:10."""

    async def consumed(self, service: str, positions: Sequence[Position]) -> bool:
        assert service == "routing"
        return all(position.sequence <= 10 for position in positions)


def request(body: bytes = b"{}", **changes: Any) -> Request:
    async def authenticate(token: str) -> Principal | None:
        return {"agent": AGENT, "other": Principal("agent-2", Role.AGENT)}.get(token)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    state = SimpleNamespace(authenticate=authenticate, waits=Waits(), clock=FixedClock())
    scope = {
        "type": "http",
        "app": SimpleNamespace(state=state),
        "state": {"request_id": "request-1"},
        "method": "POST",
        "path": "/v1/tickets/1/problem",
        "query_string": b"",
        "headers": [],
        "server": ("test", 80),
        "route": SimpleNamespace(name="record_problem"),
    }
    return Request({**scope, **changes}, receive)


async def write(
    asked: Request | None = None, *, token: str = "agent", if_match_required: bool = False, **headers: str | None
) -> Write:
    asked = asked or request()
    sent = {"authorization": f"Bearer {token}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    asked.scope["headers"] = [
        *asked.scope["headers"],
        *((name.encode(), value.encode()) for name, value in sent.items() if value is not None),
    ]
    return await writer(Role.AGENT, if_match_required=if_match_required)(asked)


async def key_of(body: bytes = b"{}", token: str = "agent", **changes: Any) -> Any:
    return (await write(request(body, **changes), token=token, idempotency_key="k-1")).call.command_key


async def test_a_write_knows_who_asks() -> None:
    asked = await write()

    assert (asked.by, asked.role, asked.call.correlation_id) == ("agent-1", Role.AGENT, "request-1")


async def test_without_a_key_a_write_is_done_each_time() -> None:
    assert (await write()).call.command_key is None


async def test_the_same_request_under_the_same_key_has_the_same_command_key() -> None:
    first = await key_of(b'{"problem":"a"}')

    assert first == await key_of(b'{"problem":"a"}')
    assert (first.scope, first.key) == ("agent-1 record_problem", "k-1")


@pytest.mark.parametrize(
    "changes",
    [{"body": b'{ "problem":"a"}'}, {"path": "/v1/tickets/2/problem"}, {"query_string": b"a=b"}, {"method": "DELETE"}],
)
async def test_another_request_under_the_same_key_has_another_fingerprint(changes: dict[str, Any]) -> None:
    first = await key_of(b'{"problem":"a"}')
    other = await key_of(**{"body": b'{"problem":"a"}', **changes})

    assert (other.scope, other.key) == (first.scope, first.key)
    assert other.fingerprint != first.fingerprint


async def test_another_person_or_route_has_keys_of_its_own() -> None:
    first = await key_of()

    assert (await key_of(token="other")).scope != first.scope
    assert (await key_of(route=SimpleNamespace(name="release"))).scope != first.scope


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "a\n", "a" * 201])
async def test_a_key_that_cannot_be_used_is_told(key: str) -> None:
    with pytest.raises(Problem) as refused:
        await write(idempotency_key=key)

    assert (refused.value.status, refused.value.code) == (400, "INVALID_IDEMPOTENCY_KEY")


@pytest.mark.parametrize(
    ("header", "kept"),
    [(TRACE, TRACE), ("", None), ("nonsense", None), (TRACE.upper(), None), (TRACE + "-x", None)],
)
async def test_a_trace_context_is_kept_if_it_is_one(header: str, kept: str | None) -> None:
    asked = request(headers=[(b"traceparent", header.encode())])

    assert (await write(asked)).call.trace_context == kept


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (None, NOW),
        (NOW - timedelta(days=1), NOW - timedelta(days=1)),
        (NOW + CLOCK_TOLERANCE, NOW),
        ((NOW - timedelta(hours=1)).astimezone(timezone(timedelta(hours=8))), NOW - timedelta(hours=1)),
    ],
)
async def test_it_happened_when_the_body_says_but_never_later_than_now(said: datetime | None, meant: datetime) -> None:
    body = CommandBody(occurred_at=None if said is None else said.isoformat())

    at = (await write()).at(body)

    assert (at, at.tzinfo) == (meant, UTC)


async def test_a_moment_further_ahead_than_a_clock_may_be_is_refused() -> None:
    asked = await write()
    late = NOW + CLOCK_TOLERANCE + timedelta(microseconds=1)

    with pytest.raises(Problem) as refused:
        asked.at(CommandBody(occurred_at=late.isoformat()))

    assert (refused.value.status, refused.value.extensions["errors"]) == (
        422,
        [
            {
                "pointer": "/occurred_at",
                "expected": f"a moment that is not in the future (now is {NOW.isoformat()})",
                "found": late.isoformat(),
            }
        ],
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [(None, None), ("*", None), ('"routing.7"', 7), ('"intake.3-routing.7"', 7), ('"intake.3"', None)],
)
async def test_each_service_checks_its_own_part_of_if_match(header: str | None, expected: int | None) -> None:
    asked = await write(if_match=header)

    assert await asked.expected_version("routing") == expected


@pytest.mark.parametrize("header", [None, "*", '"intake.3"'])
async def test_what_replaces_a_fact_needs_the_part_of_its_service(header: str | None) -> None:
    asked = await write(if_match_required=True, if_match=header)

    with pytest.raises(Problem, match="428 IF_MATCH_REQUIRED"):
        await asked.expected_version("routing")


async def test_a_service_waits_for_what_the_caller_has_seen_of_others_but_not_of_itself() -> None:
    seen = await write(zixun_position="intake:3:10,routing:3:99")
    ahead = await write(zixun_position="intake:3:11")

    assert await seen.expected_version("routing") is None
    with pytest.raises(Problem, match="503 BEHIND: routing has not yet consumed intake:3:11") as refused:
        await ahead.expected_version("routing")
    assert refused.value.headers == {"Retry-After": "1"}


async def test_a_read_waits_for_what_the_caller_has_seen() -> None:
    seen, ahead = (
        request(headers=[(b"authorization", b"Bearer agent"), (b"zixun-position", position)])
        for position in (b"intake:3:10", b"intake:3:11")
    )

    assert await reader("routing", Role.AGENT)(seen) == AGENT
    with pytest.raises(Problem, match="503 BEHIND"):
        await reader("routing", Role.AGENT)(ahead)


async def test_nobody_waits_without_a_credential() -> None:
    ahead = request(headers=[(b"zixun-position", b"intake:3:11")])

    with pytest.raises(Problem, match="401 UNAUTHORISED"):
        await reader("routing", Role.AGENT)(ahead)


def handled(**changes: Any) -> Handled[str]:
    return Handled(**{"source": "routing", "subject": "t-1", "state": "open", "version": 3, **changes})


async def answered(**changes: Any) -> Response:
    return (await write()).answer(handled(**changes), Out.of)


async def refused(**changes: Any) -> Problem:
    with pytest.raises(Problem) as problem:
        await answered(**changes)
    return problem.value


async def test_an_answer_is_the_aggregate_with_its_version_and_position() -> None:
    response = await answered(position=Position("routing", 3, 42))

    assert (response.status_code, orjson.loads(response.body)) == (200, {"subject": "t-1", "state": "open"})
    assert response.headers["etag"] == '"routing.3"'
    assert response.headers["zixun-position"] == "routing:3:42"
    assert "idempotency-replayed" not in response.headers


async def test_what_was_made_has_a_place() -> None:
    response = (await write()).answer(handled(), Out.of, 201, "/v1/tickets/t-1")

    assert (response.status_code, response.headers["location"]) == (201, "/v1/tickets/t-1")


async def test_a_repetition_is_answered_as_such() -> None:
    assert (await answered(repeated=True)).headers["idempotency-replayed"] == "true"


async def test_a_rule_that_says_no_is_told_with_where_the_ticket_is_and_what_is_allowed() -> None:
    problem = await refused(refused=Refused(No.NOT_NOW, now="It is open.", allowed=("close",)))

    assert (problem.status, problem.code, problem.title) == (409, "NOT_NOW", "Not now.")
    assert problem.headers == {"ETag": '"routing.3"'}
    assert problem.extensions == {
        "now": "It is open.",
        "allowed": ["close"],
        "present": Out(subject="t-1", state="open"),
    }


async def test_a_command_for_a_ticket_that_was_never_heard_of_is_told_so() -> None:
    problem = await refused(version=0, refused=Refused(No.NOT_NOW))

    assert (problem.status, problem.code, problem.title) == (404, "UNKNOWN_TICKET", "routing knows nothing of t-1.")
    assert "send its Zixun-Position along" in (problem.detail or "")


async def test_a_caller_whose_state_is_old_gets_the_present_one() -> None:
    problem = await refused(outdated=2)

    assert (problem.status, problem.title) == (412, "You have seen routing.2, the ticket is at routing.3.")
    assert problem.headers == {"ETag": '"routing.3"'}
    assert problem.extensions == {"present": Out(subject="t-1", state="open")}


async def test_a_key_that_was_used_for_something_else_is_refused_before_all_else() -> None:
    problem = await refused(key_reused=True, outdated=2, refused=Refused(No.NOT_NOW))

    assert (problem.status, problem.code) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_fault_of_the_request_names_the_field_what_was_expected_and_what_was_found() -> None:
    said = Refused(No.NOT_NOW, expected="noon or later", found="ten")
    with pytest.raises(Problem) as problem:
        refuse_fault(handled(refused=said), {No.NOT_NOW: "/at"})
    assert (problem.value.code, problem.value.detail) == ("NOT_NOW", "Expected noon or later, found ten.")
    assert problem.value.extensions["errors"] == [{"pointer": "/at", "expected": "noon or later", "found": "ten"}]
