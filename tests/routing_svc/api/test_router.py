"""The whole flow over HTTP, and what every write of routing has in common."""

from shared_events.http import Role
from tests.routing_svc.desk import Desk


async def test_a_ticket_walks_the_whole_chart(desk: Desk) -> None:
    case = await desk.receive_answered()
    places = [
        (await case.done("answers/1/verdict", {"accepted": False, "reason": "It still drops."}))["place"],
        (await case.done("assignment", {"agent_id": "pse-1"}))["place"],
        (await case.done("analysis", {"analysis": "The lease lapses."}))["place"],
        (await case.done("no-answer"))["place"],
        (await case.done("assignment", {"agent_id": "rde-1"}))["place"],
        (await case.done("analysis", {"analysis": "A race."}))["place"],
        (await case.done("technical-case/answer", {"text": "Update it."}))["place"],
        (await case.done("answers/2/submission"))["place"],
    ]
    assert places == ["PSE-10", "PSE-10", "PSE-20", "RDE-10", "RDE-10", "RDE-20", "PSE-30", "PSE-40"]
    accepted = await case.done("answers/2/verdict", {"accepted": True})
    assert (accepted["status"], accepted["resolution"], accepted["agent_id"]) == ("resolved", "accepted", "pse-1")
    closed = await case.done("closing")
    assert closed == {
        "ticket_id": case.ticket_id,
        "status": "closed",
        "place": "closed",
        "tier": "PSE",
        "team": "pse",
        "agent_id": "pse-1",
        "paused": None,
        "open_answer": None,
        "answers_count": 2,
        "open_case": None,
        "resolution": "accepted",
        "closing_cause": "done",
        "allowed": ["reopen"],
        "version": 20,
    }


async def test_a_refusal_says_where_the_ticket_is_and_what_it_would_accept(desk: Desk) -> None:
    case = await desk.receive()
    refused = await case.ask("answers", {"text": "Restart it."})
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "PROBLEM_NOT_RECORDED")
    assert problem["now"] == "The ticket is at CSE-10 (confirm and record the problem), in the queue of team cse."
    assert problem["allowed"] == problem["present"]["allowed"]
    assert "assign" in problem["allowed"]


async def test_a_repeated_key_gets_the_same_outcome_and_no_second_event(desk: Desk) -> None:
    case = await desk.receive()
    told = {"message": "One more day."}
    first = await case.ask("notices", told, Idempotency_Key="n1")
    second = await case.ask("notices", told, Idempotency_Key="n1")
    assert second.json() == first.json()
    assert second.headers["Idempotency-Replayed"] == "true"


async def test_who_has_not_seen_the_present_state_is_told_it(desk: Desk) -> None:
    case = await desk.receive()
    seen = (await case.ask("assignment")).headers["ETag"]
    await case.done("problem", {"problem": "It drops at night."})
    outdated = await case.ask("searches", {"query": "x"}, If_Match=seen)
    assert (outdated.status_code, outdated.json()["code"]) == (412, "OUTDATED")
    assert outdated.json()["present"]["place"] == "CSE-20"


async def test_a_ticket_that_nobody_received_is_unknown(desk: Desk) -> None:
    unknown = await desk.centre.post(
        "/v1/tickets/0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50/problem", {"problem": "It drops at night."}
    )
    assert (unknown.status_code, unknown.json()["code"]) == (404, "UNKNOWN_TICKET")


async def test_only_agents_leads_and_admins_write(desk: Desk) -> None:
    case = await desk.receive()
    statuses = {role: (await case.ask("notices", {"message": "x"}, role)).status_code for role in Role}
    assert statuses == {Role.AGENT: 200, Role.LEAD: 200, Role.ADMIN: 200, Role.OPS: 403, Role.ANALYST: 403}
