"""Callback visits over HTTP, on a real database: request in, answer and stored events out."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from feedback_svc.domain.callback import DECIDER
from feedback_svc.service import build
from shared_events.contracts.envelope import rfc3339
from shared_events.http import Role
from tests.feedback_svc.examples import NOON, TICKET, VISIT
from tests.feedback_svc.receptions import reception, take_in
from tests.intake_svc.serving import Client, Ground, ground

CUSTOMER = "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f99"
UNKNOWN = "0199e4a2-7c1b-7d3e-9f00-000000000000"
NOT_REACHED = {"result": "not_reached", "try_again_at": rfc3339(NOON + timedelta(hours=2)), "note": "Busy."}
REACHED = {"result": "reached"}


@pytest.fixture
async def stand(database: str) -> AsyncIterator[Ground]:
    async with ground(database) as made:
        await take_in(made, [reception(TICKET, CUSTOMER)])
        yield made


@pytest.fixture
async def client(stand: Ground) -> AsyncIterator[Client]:
    async with stand.serve(build(stand.aggregate("feedback", DECIDER), pool=stand.pool).router) as client:
        yield client


@pytest.fixture
async def visit(client: Client) -> str:
    """A planned visit's path."""
    await client.post(f"/v1/tickets/{TICKET}/callbacks", {"answer": 1})
    return f"/v1/callbacks/{VISIT}"


async def stored(stand: Ground) -> list[str]:
    """The types of all stored events, in order."""
    rows = await stand.pool.fetch("select type from feedback.event order by version")
    return [row["type"] for row in rows]


async def test_a_visit_is_planned_by_hand_for_the_customer_of_the_ticket(client: Client, stand: Ground) -> None:
    answer = await client.post(f"/v1/tickets/{TICKET}/callbacks", {})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"feedback.1"')
    assert answer.json() == {
        "ticket_id": TICKET,
        "callbacks": [
            {
                "callback_id": VISIT,
                "customer_id": CUSTOMER,
                "answer": None,
                "due_at": "2026-03-02T12:00:00Z",
                "attempts": 0,
                "try_again_at": None,
                "reached": False,
                "satisfied": None,
            }
        ],
    }
    assert await stored(stand) == ["CallbackScheduled"]


async def test_a_visit_is_not_planned_for_a_ticket_that_nobody_knows(client: Client, stand: Ground) -> None:
    answer = await client.post(f"/v1/tickets/{UNKNOWN}/callbacks", {})
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_TICKET")
    assert await stored(stand) == []


async def test_a_first_visit_in_the_past_is_the_requests_fault(client: Client) -> None:
    answer = await client.post(f"/v1/tickets/{TICKET}/callbacks", {"due_at": "2026-03-01T11:00:00Z"})
    assert (answer.status_code, answer.json()["code"]) == (422, "DUE_IN_THE_PAST")
    assert "found 2026-03-01T11:00:00" in answer.json()["detail"]


async def test_a_visit_runs_from_the_first_try_to_the_outcome(client: Client, visit: str, stand: Ground) -> None:
    missed = await client.post(f"{visit}/attempts", NOT_REACHED)
    stand.clock.seconds = 7200
    reached = await client.post(f"{visit}/attempts", REACHED)
    outcome = await client.post(f"{visit}/outcome", {"satisfied": True, "comment": "Works."})
    assert [answer.status_code for answer in (missed, reached, outcome)] == [200, 200, 200]
    assert missed.json()["callbacks"][0]["try_again_at"] == "2026-03-01T14:00:00Z"
    assert reached.json()["callbacks"][0]["attempts"] == 2
    assert outcome.json()["callbacks"][0]["satisfied"] is True
    assert await stored(stand) == ["CallbackScheduled", "CallbackAttempted", "CallbackAttempted", "CallbackCompleted"]


async def test_a_dissatisfied_customer_is_heard_once(client: Client, visit: str, stand: Ground) -> None:
    await client.post(f"{visit}/attempts", REACHED)
    for _ in range(2):
        answer = await client.post(f"{visit}/outcome", {"satisfied": False})
        assert (answer.status_code, answer.headers["ETag"]) == (200, '"feedback.4"')
    assert (await stored(stand))[2:] == ["CallbackCompleted", "DissatisfactionRaised"]


async def test_an_outcome_before_anybody_was_reached_is_refused(client: Client, visit: str) -> None:
    answer = await client.post(f"{visit}/outcome", {"satisfied": True})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "NOT_REACHED_YET")
    assert problem["allowed"] == ["record_callback_attempt"]
    assert problem["present"]["callbacks"][0]["callback_id"] == VISIT


async def test_an_unknown_visit_is_not_found_on_a_known_ticket_or_an_unknown_one(client: Client, visit: str) -> None:
    for callback_id in (f"{TICKET}.2", f"{UNKNOWN}.1"):
        answer = await client.post(f"/v1/callbacks/{callback_id}/attempts", REACHED)
        assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_CALLBACK")


async def test_a_malformed_id_or_field_is_named(client: Client, visit: str) -> None:
    wrong = {
        "/v1/callbacks/7/attempts": "callback_id",
        f"/v1/callbacks/{TICKET}.0/attempts": "callback_id",
        f"{visit}/attempts": "/result",
    }
    for path, pointer in wrong.items():
        answer = await client.post(path, REACHED if pointer == "callback_id" else {"result": "perhaps"})
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


async def test_who_works_with_customers_may_visit(client: Client) -> None:
    path = f"/v1/tickets/{TICKET}/callbacks"
    statuses = {role: (await client.post(path, {}, role=role)).status_code for role in Role}
    assert {role for role, status in statuses.items() if status == 200} == {Role.AGENT, Role.LEAD, Role.ADMIN}
    assert {role for role, status in statuses.items() if status == 403} == {Role.OPS, Role.ANALYST}
