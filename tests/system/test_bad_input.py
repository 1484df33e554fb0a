"""Whatever is wrong with a command is answered by a problem that names it, and leaves nothing behind."""

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx2
import pytest
import pytest_asyncio

from services.wiring import SOURCES
from shared_events.http import Role
from tests.system.bodies import body_schema, example_body, wrong_fields
from tests.system.declared import Operation, operations
from tests.system.journey import TECHNICAL, Step, routed
from tests.system.serving import Centre

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON: Final = {"Content-Type": "application/json"}
UNREADABLE: Final[dict[str, tuple[bytes, int, str]]] = {
    "not JSON": (b"{nope", 400, "BODY_NOT_JSON"),
    "cut off": (b'{"occurred_at": "2026-', 400, "BODY_NOT_JSON"),
    "two documents": (b"{}{}", 400, "BODY_NOT_JSON"),
    "nothing but a space": (b" ", 400, "BODY_NOT_JSON"),
    "not UTF-8": (b'{"occurred_at": "\xff"}', 400, "BODY_NOT_JSON"),
    "UTF-16": ('{"occurred_at": null}'.encode("utf-16"), 400, "BODY_NOT_JSON"),
    "no number": (b'{"occurred_at": NaN}', 400, "BODY_NOT_JSON"),
    "too long a number": (b'{"occurred_at": ' + b"1" * 5000 + b"}", 400, "BODY_NOT_JSON"),
    "a name twice": (b'{"occurred_at": null, "occurred_at": null}', 400, "BODY_NOT_JSON"),
    "nested a little too deeply": (b'{"occurred_at": ' + b"[" * 40 + b"]" * 40 + b"}", 400, "BODY_NOT_JSON"),
    "nested deeply": (b'{"occurred_at": ' + b"[" * 900 + b"]" * 900 + b"}", 400, "BODY_NOT_JSON"),
    "nested beyond all bounds": (b"[" * 200_000, 400, "BODY_NOT_JSON"),
    "too large": (b'{"occurred_at": "' + b"x" * 1024 * 1024 + b'"}', 413, "BODY_TOO_LARGE"),
    "a list": (b"[]", 422, "INVALID_REQUEST"),
    "text": (b'"text"', 422, "INVALID_REQUEST"),
    "a number": (b"7", 422, "INVALID_REQUEST"),
}
NO_JSON: Final = (
    "",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "json",
    "text/json",
)
MALFORMED_IDS: Final = (
    "1",
    "x" * 300,
    "0199E4A2-7C1B-7D3E-9F00-5B1C2D3E4F50",
    "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50 ",
    "%00",
)
ASKED: Final = {"channel": "telephone", "content": "Hello?"}
COMPLAINT: Final = {"category": "complaint", "request_kind": "complaint", "complexity": "simple", "urgency": "high"}
CORRECTION: Final = "/v1/consultations/{ticket_id}/corrections"
CLASSIFICATION: Final = "/v1/consultations/{ticket_id}/classification"
ATTEMPT: Final = "/v1/callbacks/{callback_id}/attempts"
PAST: Final = "2001-01-01T00:00:00Z"
FUTURE: Final = "2199-01-01T00:00:00Z"
IMPOSSIBLE: Final[list[tuple[str, dict[str, Any], str]]] = [
    ("/v1/consultations", ASKED | {"contacted_at": FUTURE}, "CONTACTED_IN_THE_FUTURE"),
    ("/v1/consultations", ASKED | {"appointment_at": PAST}, "APPOINTMENT_IN_THE_PAST"),
    (CORRECTION, {"reason": "Misheard.", "contacted_at": FUTURE}, "CONTACTED_IN_THE_FUTURE"),
    (CLASSIFICATION, TECHNICAL | {"expected_reply_at": PAST}, "EXPECTED_REPLY_IN_THE_PAST"),
    (CLASSIFICATION, COMPLAINT | {"complaint_grade": None}, "COMPLAINT_WITHOUT_GRADE"),
    (CLASSIFICATION, TECHNICAL | {"complaint_grade": "A"}, "GRADE_WITHOUT_COMPLAINT"),
    ("/v1/tickets/{ticket_id}/callbacks", {"due_at": PAST}, "DUE_IN_THE_PAST"),
    (ATTEMPT, {"result": "not_reached", "try_again_at": None}, "TRY_AGAIN_MISSING"),
    (ATTEMPT, {"result": "not_reached", "try_again_at": PAST}, "TRY_AGAIN_IN_THE_PAST"),
    (ATTEMPT, {"result": "reached", "try_again_at": FUTURE}, "TRY_AGAIN_NEEDLESS"),
]
POLICY: Final = {"name": "CS-TA06-24", "version": "1"}
UNDATED: Final = {"publish_calendar", "publish_policy", "try_policy", "migrate_clocks"}
"""Happen when they are sent, and have no `occurred_at`."""
KEYLESS: Final = "try_policy"
"""Is sent as a command is, but writes nothing: it takes no Idempotency-Key."""
UNKNOWN: Final = "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def nothing_is_stored(shared_centre: Centre) -> AsyncIterator[dict[str, str]]:
    """The ids of a ticket that has everything; afterwards there are as many events and command keys as before."""
    ticket = await routed(shared_centre)
    await ticket.walk(Step("callbacks"))
    await shared_centre.settled()
    before = await _stored(shared_centre)
    yield {"ticket_id": ticket.ticket_id, "callback_id": f"{ticket.ticket_id}.1", "n": "1"} | POLICY
    await shared_centre.settled()
    assert await _stored(shared_centre) == before


async def test_every_wrong_field_is_named(shared_centre: Centre, nothing_is_stored: dict[str, str]) -> None:
    document = shared_centre.app.openapi()
    for operation in _writes(shared_centre):
        for pointer, way, body in wrong_fields(document, body_schema(document, operation)):
            answer = await _send(shared_centre, operation, nothing_is_stored, json.dumps(body).encode())
            problem = _problem(answer, 422, f"{operation.name}{pointer}: {way}")
            pointers = [error["pointer"] for error in problem["errors"]]
            assert [each for each in pointers if each.startswith(pointer)], (
                f"{operation.name}{pointer}: {way} {problem}"
            )
            assert all(error["expected"] for error in problem["errors"])
            # Of a mistake inside a document the place is named, and the sentence has what was found there.
            assert way == "absent" or all("found" in error or "line" in error for error in problem["errors"])


async def test_a_field_that_does_not_exist_is_named(shared_centre: Centre, nothing_is_stored: dict[str, str]) -> None:
    document = shared_centre.app.openapi()
    for operation in _writes(shared_centre):
        body = example_body(document, body_schema(document, operation)) | {"a/b~c": 1}
        answer = await _send(shared_centre, operation, nothing_is_stored, json.dumps(body).encode())
        (error,) = _problem(answer, 422, operation.name)["errors"]
        assert (error["pointer"], error["found"]) == ("/a~1b~0c", "1")


async def test_nothing_happens_in_the_future(shared_centre: Centre, nothing_is_stored: dict[str, str]) -> None:
    document = shared_centre.app.openapi()
    for operation in _writes(shared_centre):
        body = example_body(document, body_schema(document, operation)) | {"occurred_at": FUTURE}
        answer = await _send(shared_centre, operation, nothing_is_stored, json.dumps(body).encode())
        (error,) = _problem(answer, 422, operation.name)["errors"]
        found = "2199-01-01T00:00:00+00:00" if operation.name not in UNDATED else FUTURE
        assert (error["pointer"], error["found"]) == ("/occurred_at", found), operation.name


@pytest.mark.parametrize(("path", "body", "code"), IMPOSSIBLE, ids=[code for _, _, code in IMPOSSIBLE])
async def test_what_cannot_be_so_is_the_fault_of_the_request_wherever_the_ticket_is(
    shared_centre: Centre, nothing_is_stored: dict[str, str], path: str, body: dict[str, Any], code: str
) -> None:
    answer = await shared_centre.post(path.format(**nothing_is_stored), body, If_Match='"intake.3"')
    problem = _problem(answer, 422, code)
    assert problem["code"] == code
    (error,) = problem["errors"]
    assert (error["pointer"], error["found"]) == (f"/{list(body)[-1]}", _as_found(list(body.values())[-1]))
    assert not error["expected"].startswith("Expected")


def _as_found(value: str | None) -> str:
    """Moments are given back to the microsecond."""
    return "none" if value is None else value.replace("00Z", "00.000000Z")


@pytest.mark.parametrize("way", UNREADABLE)
async def test_a_body_that_cannot_be_read_in_one_way_is_refused(
    shared_centre: Centre, nothing_is_stored: dict[str, str], way: str
) -> None:
    body, status, code = UNREADABLE[way]
    for operation in _writes(shared_centre):
        problem = _problem(await _send(shared_centre, operation, nothing_is_stored, body), status, operation.name)
        assert problem["code"] == code
        assert problem["errors"][0].keys() == {"pointer", "expected", "found"}


async def test_a_body_that_is_too_large_is_refused_before_all_of_it_was_sent(shared_centre: Centre) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 100_000

    headers = shared_centre.people[Role.AGENT].header | JSON
    answer = await shared_centre.http.post("/v1/consultations", content=endless(), headers=headers)
    assert _problem(answer, 413, "endless")["errors"][0]["expected"] == "at most 1048576 bytes"
    assert sent == 11


@pytest.mark.parametrize("media_type", NO_JSON)
async def test_a_body_that_is_not_announced_as_json_is_refused(
    shared_centre: Centre, nothing_is_stored: dict[str, str], media_type: str
) -> None:
    for operation in _writes(shared_centre):
        answer = await _send(shared_centre, operation, nothing_is_stored, b"{}", {"Content-Type": media_type})
        (error,) = _problem(answer, 415, operation.name)["errors"]
        assert error == {"pointer": "Content-Type", "expected": "application/json", "found": media_type}


async def test_a_body_that_is_needed_and_absent_is_missed(
    shared_centre: Centre, nothing_is_stored: dict[str, str]
) -> None:
    for operation in _writes(shared_centre):
        if operation.method == "post":
            problem = _problem(await _send(shared_centre, operation, nothing_is_stored, b""), 422, operation.name)
            assert problem["errors"] == [{"pointer": "", "expected": "Field required"}]


async def test_an_id_that_is_none_is_refused_and_one_that_nobody_knows_is_not_found(shared_centre: Centre) -> None:
    document = shared_centre.app.openapi()
    for operation in [each for each in _writes(shared_centre) if "_id}" in each.path]:
        body = json.dumps(example_body(document, body_schema(document, operation))).encode()
        for malformed in MALFORMED_IDS:
            ids = {"ticket_id": malformed, "callback_id": f"{malformed}.1", "n": "1"}
            problem = _problem(await _send(shared_centre, operation, ids, body), 422, f"{operation.name} {malformed}")
            assert problem["errors"][0]["pointer"] in {"ticket_id", "callback_id"}
        ids = {"ticket_id": UNKNOWN, "callback_id": f"{UNKNOWN}.1", "n": "1"}
        unknown = _problem(await _send(shared_centre, operation, ids, body), 404, operation.name)
        assert unknown["code"] in {"UNKNOWN_TICKET", "UNKNOWN_CALLBACK"}


@pytest.mark.parametrize(("wrong", "too_long"), [("name", 101), ("version", 21)])
async def test_a_policy_that_cannot_be_is_refused_and_one_that_nobody_knows_is_not_found(
    shared_centre: Centre, wrong: str, too_long: int
) -> None:
    (operation,) = [each for each in _writes(shared_centre) if "{name}" in each.path]
    refused = await _send(shared_centre, operation, POLICY | {wrong: "x" * too_long}, b"{}")
    assert _problem(refused, 422, wrong)["errors"][0]["pointer"] == wrong
    for unknown in ("99", "%00", "%20"):
        answer = await _send(shared_centre, operation, POLICY | {wrong: unknown}, b"{}")
        assert _problem(answer, 404, unknown)["code"] == "UNKNOWN_POLICY"


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "one", "1000001", "9" * 5000])
async def test_a_number_of_an_answer_that_is_none_is_refused(
    shared_centre: Centre, nothing_is_stored: dict[str, str], number: str
) -> None:
    path = f"/v1/tickets/{nothing_is_stored['ticket_id']}/answers/{number}/verdict"
    assert _problem(await shared_centre.post(path, {"accepted": True}), 422, number)["errors"][0]["pointer"] == "n"


@pytest.mark.parametrize("key", ["", " ", "two words", "x" * 201, "ключ", "tab\t"])
async def test_an_idempotency_key_that_is_none_is_refused(
    shared_centre: Centre, nothing_is_stored: dict[str, str], key: str
) -> None:
    for operation in _writes(shared_centre):
        if operation.name == KEYLESS:
            continue
        headers = {"Idempotency-Key": key}
        problem = _problem(await _send(shared_centre, operation, nothing_is_stored, b"{}", JSON | headers), 400, key)
        assert (problem["code"], problem["errors"][0]["pointer"]) == ("INVALID_IDEMPOTENCY_KEY", "Idempotency-Key")


def _writes(centre: Centre) -> list[Operation]:
    return [each for each in operations(centre.app.openapi()) if each.is_write]


async def _send(
    centre: Centre, operation: Operation, ids: dict[str, str], body: bytes, headers: dict[str, str] = JSON
) -> httpx2.Response:
    said = {name.encode(): value.encode() for name, value in {"If-Match": '"intake.1"', **headers}.items()}
    sent = {b"Authorization": centre.people[Role.LEAD].header["Authorization"].encode()} | said
    return await centre.http.request(operation.method, operation.path.format(**ids), headers=sent, content=body)


def _problem(answer: httpx2.Response, status: int, told: str) -> dict[str, Any]:
    """The problem document that the answer is; it has the request's id."""
    assert answer.status_code == status, f"{told}: {answer.status_code} {answer.text[:500]}"
    assert answer.headers["content-type"] == "application/problem+json", told
    problem: dict[str, Any] = answer.json()
    assert (problem["status"], problem["instance"]) == (status, answer.headers["X-Request-ID"]), told
    return problem


async def _stored(centre: Centre) -> list[tuple[str, int, int]]:
    fetch = centre.zixun.pool.fetchval
    return [
        (
            source,
            await fetch(f"select count(*) from {source}.event"),
            await fetch(f"select count(*) from {source}.command"),
        )
        for source in SOURCES
    ]
