"""Consultations over HTTP, on a real database: request in, answer and stored events out."""

import re
from collections.abc import AsyncIterator

import pytest

from intake_svc.adapters.serials import Serials
from intake_svc.domain.consultation import DECIDER
from intake_svc.domain.number import serial_of
from intake_svc.service import build
from shared_events.http import Role
from tests.intake_svc.serving import Client, Ground, ground

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
ASKED = {"channel": "telephone", "content": "It does not start.", "contacted_at": "2026-03-01T19:57:00+08:00"}
TECHNICAL = {
    "category": "technical_support",
    "request_kind": "technical_department",
    "complexity": "complex",
    "urgency": "high",
}


@pytest.fixture
async def stand(database: str) -> AsyncIterator[Ground]:
    async with ground(database) as made:
        yield made


@pytest.fixture
async def client(stand: Ground) -> AsyncIterator[Client]:
    service = build(
        stand.aggregate("intake", DECIDER), new_id=lambda: str(stand.ids.new()), next_serial=Serials(stand.pool).next
    )
    async with stand.serve(service.router) as client:
        yield client


@pytest.fixture
async def ticket(client: Client) -> str:
    """A received consultation's path."""
    received = (await client.post("/v1/consultations", ASKED)).json()
    return f"/v1/consultations/{received['ticket_id']}"


async def stored(stand: Ground) -> list[str]:
    """The types of all stored events, in order."""
    rows = await stand.pool.fetch("select type from intake.event order by recorded_at, subject, version")
    return [row["type"] for row in rows]


async def test_a_consultation_is_received_and_acknowledged_in_one_answer(client: Client, stand: Ground) -> None:
    answer = await client.post("/v1/consultations", ASKED)
    received = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/tickets/{received['ticket_id']}"
    assert answer.headers["ETag"] == '"intake.2"'
    assert re.fullmatch(r"intake:\d+:2", answer.headers["Zixun-Position"])
    assert UUID.fullmatch(received["ticket_id"])
    assert UUID.fullmatch(received["customer_id"])
    assert serial_of(received["number"]) == 1
    assert received["contacted_at"] == "2026-03-01T11:57:00Z"
    assert received["acknowledgement"] == {"expected_reply_at": "2026-03-01T16:00:00Z"}
    assert received["expected_reply_at"] == "2026-03-01T16:00:00Z"
    assert await stored(stand) == ["ConsultationReceived", "ConsultationAcknowledged"]


async def test_personal_texts_are_sealed_at_rest(client: Client, stand: Ground) -> None:
    contact = {"name": "陈伟", "phone": "+86 10 5555 0100", "email": "chen.wei@example.com", "address": "Beijing"}
    said = ASKED | {"contact": contact, "special_needs": "Write, do not call."}
    await client.post("/v1/consultations", said)
    bodies = b"".join(row["body"] for row in await stand.pool.fetch("select body from intake.event")).decode()
    for text in (*contact.values(), "Write, do not call.", ASKED["content"]):
        assert text not in bodies


async def test_without_a_moment_the_contact_is_just_now(client: Client) -> None:
    received = (await client.post("/v1/consultations", {"channel": "chat", "content": "Hello?"})).json()
    assert received["contacted_at"] == received["received_at"] == "2026-03-01T12:00:00Z"


async def test_a_known_customer_stays_the_same_person(client: Client) -> None:
    customer_id = "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"
    received = (await client.post("/v1/consultations", ASKED | {"customer_id": customer_id})).json()
    assert received["customer_id"] == customer_id


async def test_every_consultation_has_its_own_number(client: Client) -> None:
    numbers = [(await client.post("/v1/consultations", ASKED)).json()["number"] for _ in range(3)]
    assert [serial_of(number) for number in numbers] == [1, 2, 3]


async def test_the_same_key_receives_one_consultation(client: Client, stand: Ground) -> None:
    _, token = await stand.tokens.create(role=Role.AGENT, name="test")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k1"}
    first = await client.http.post("/v1/consultations", json=ASKED, headers=headers)
    second = await client.http.post("/v1/consultations", json=ASKED, headers=headers)
    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["Location"] == first.headers["Location"]
    assert len(await stored(stand)) == 2


async def test_a_contact_in_the_future_is_refused_by_name(client: Client, stand: Ground) -> None:
    answer = await client.post("/v1/consultations", ASKED | {"contacted_at": "2026-03-01T12:03:00Z"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "CONTACTED_IN_THE_FUTURE")
    assert problem["title"] == "contacted_at lies in the future."
    assert "found 2026-03-01T12:03:00" in problem["detail"]
    assert await stored(stand) == []


async def test_a_wrong_field_is_named(client: Client) -> None:
    answer = await client.post("/v1/consultations", ASKED | {"content": "a\0b", "colour": "red"})
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_REQUEST")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/content", "/colour"]


async def test_a_classification_is_answered_with_the_record(client: Client, ticket: str, stand: Ground) -> None:
    stand.clock.seconds = 60
    answer = await client.post(f"{ticket}/classification", TECHNICAL)
    record = answer.json()
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"intake.3"')
    assert record["classification"] == TECHNICAL | {
        "complaint_grade": None,
        "importance": "normal",
        "expected_reply_at": "2026-03-01T16:00:00Z",
    }


async def test_the_same_classification_again_is_no_event(client: Client, ticket: str, stand: Ground) -> None:
    await client.post(f"{ticket}/classification", TECHNICAL)
    answer = await client.post(f"{ticket}/classification", TECHNICAL)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"intake.3"')
    assert len(await stored(stand)) == 3


async def test_a_complaint_without_a_grade_is_refused(client: Client, ticket: str) -> None:
    answer = await client.post(f"{ticket}/classification", TECHNICAL | {"category": "complaint"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "COMPLAINT_WITHOUT_GRADE")
    assert problem["errors"] == [{"pointer": "/complaint_grade", "expected": "A or B", "found": "none"}]


async def test_a_correction_needs_the_state_that_was_seen(client: Client, ticket: str) -> None:
    correction = {"reason": "misheard", "product": "X300"}
    blind = await client.post(f"{ticket}/corrections", correction)
    late = await client.post(f"{ticket}/corrections", correction, If_Match='"intake.1"')
    seen = await client.post(f"{ticket}/corrections", correction, If_Match='"intake.2-routing.7"')
    assert [answer.status_code for answer in (blind, late, seen)] == [428, 412, 200]
    assert seen.json()["product"] == "X300"


async def test_a_correction_says_why(client: Client, ticket: str) -> None:
    answer = await client.post(f"{ticket}/corrections", {"product": "X300"}, If_Match='"intake.2"')
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reason")


async def test_a_corrected_contact_replaces_the_whole_contact(client: Client, ticket: str, stand: Ground) -> None:
    correction = {"reason": "misheard", "contact": {"name": "陈卫"}}
    answer = await client.post(f"{ticket}/corrections", correction, If_Match='"intake.2"')
    assert answer.status_code == 200
    assert (await stored(stand))[-1] == "ConsultationCorrected"


async def test_messages_are_added(client: Client, ticket: str) -> None:
    answer = await client.post(f"{ticket}/messages", {"channel": "email", "message": "It happened again."})
    assert (answer.status_code, answer.json()["messages_count"]) == (200, 1)


async def test_after_withdrawal_the_record_stands(client: Client, ticket: str) -> None:
    withdrawn = await client.post(f"{ticket}/withdrawal", {"reason": "Solved."})
    again = await client.post(f"{ticket}/withdrawal", {})
    refused = await client.post(f"{ticket}/messages", {"channel": "email", "message": "Hello?"})
    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn")
    assert (again.status_code, again.headers["ETag"]) == (200, withdrawn.headers["ETag"])
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "WITHDRAWN")
    assert problem["allowed"] == ["receive_consultation"]
    assert "was withdrawn" in problem["now"]


async def test_an_unknown_ticket_is_not_found(client: Client) -> None:
    bodies = {"messages": {"channel": "email", "message": "Hello?"}, "classification": TECHNICAL, "withdrawal": {}}
    for resource, body in bodies.items():
        answer = await client.post(f"/v1/consultations/0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50/{resource}", body)
        assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_TICKET")


async def test_who_works_with_customers_may_receive(client: Client) -> None:
    statuses = {role: (await client.post("/v1/consultations", ASKED, role=role)).status_code for role in Role}
    assert {role for role, status in statuses.items() if status == 201} == {Role.AGENT, Role.LEAD, Role.ADMIN}
    assert {role for role, status in statuses.items() if status == 403} == {Role.OPS, Role.ANALYST}


async def test_without_a_token_nobody_gets_in(client: Client) -> None:
    assert (await client.http.post("/v1/consultations", json=ASKED)).status_code == 401
