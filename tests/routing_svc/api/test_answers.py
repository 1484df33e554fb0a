"""Answers, submissions and verdicts over HTTP."""

from typing import Final

from shared_events.http import Role
from tests.routing_svc.desk import Desk

WRONG: Final[list[tuple[str, dict[str, object], str]]] = [
    ("answers/0/submission", {}, "n"),
    ("answers/one/submission", {}, "n"),
    ("answers/1/verdict", {}, "/accepted"),
    ("answers/1/verdict", {"accepted": "yes"}, "/accepted"),
    ("answers/1/verdict", {"accepted": True, "reason": "x"}, ""),
    ("answers", {"text": " "}, "/text"),
    ("answers", {"text": "nul\x00"}, "/text"),
    ("answers", {"text": "x" * 20_001}, "/text"),
    ("answers", {"text": "x", "txet": "y"}, "/txet"),
    ("pause", {"reason": "weather"}, "/reason"),
    ("escalation", {"tier": "CEO"}, "/tier"),
    ("resolution", {"resolution": "accepted"}, "/resolution"),
    ("assignment", {"agent_id": "Li Wei"}, "/agent_id"),
    ("searches", {"query": "x", "found": ["x"] * 51}, "/found"),
    ("notices", {"message": "x", "occurred_at": "2999-01-01T00:00:00Z"}, "/occurred_at"),
    ("notices", {"message": "x", "occurred_at": "yesterday"}, "/occurred_at"),
]
"""Requests, and the field that is wrong."""

EXCEPTION = {"exception": "answered_by_rde", "text": "Update it."}


async def test_the_number_of_a_proposed_answer_is_answered(desk: Desk) -> None:
    case = await desk.receive_at_cse_30()
    assert (await case.done("answers", {"text": "Restart it."}))["open_answer"] == 1
    replaced = await case.done("answers", {"text": "Update it."})
    assert (replaced["open_answer"], replaced["answers_count"]) == (2, 2)
    lapsed = await case.ask("answers/1/submission")
    assert (lapsed.status_code, lapsed.json()["code"]) == (409, "ANSWER_LAPSED")


async def test_only_leads_let_rde_answer_the_customer(desk: Desk) -> None:
    case = await desk.receive()
    await case.done("escalation", {"tier": "RDE", "reason": "A known defect."})
    await case.done("assignment")
    refused = await case.ask("answers/1/submission", EXCEPTION)
    assert (refused.status_code, refused.json()["code"]) == (409, "LEAD_REQUIRED")
    answered = await case.done("answers/1/submission", EXCEPTION, Role.LEAD)
    assert (answered["status"], answered["place"]) == ("answered", "answered-by-RDE")


async def test_a_request_that_is_wrong_is_told_which_field(desk: Desk) -> None:
    found: dict[str, object] = {}
    for path, body, _ in WRONG:
        answer = await desk.centre.post(f"/v1/tickets/0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50/{path}", body)
        found[f"{path} {body}"] = (answer.status_code, [error["pointer"] for error in answer.json()["errors"]])
        assert all(error["expected"] for error in answer.json()["errors"])
    assert found == {f"{path} {body}": (422, [pointer]) for path, body, pointer in WRONG}
