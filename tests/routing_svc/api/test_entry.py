"""Into the flow, by classification and by hand."""

from tests.routing_svc.desk import Desk


async def test_a_technical_consultation_is_routed_by_its_classification(desk: Desk) -> None:
    ticket = await (await desk.receive()).done("notices", {"message": "We are on it."})
    assert (ticket["status"], ticket["tier"], ticket["team"]) == ("queued", "CSE", "cse")


async def test_an_important_customer_goes_directly_to_pse(desk: Desk) -> None:
    case = await desk.receive(importance="important")
    ticket = await case.done("notices", {"message": "We are on it."})
    assert (ticket["place"], ticket["team"]) == ("PSE-10", "pse")


async def test_what_is_not_technical_is_routed_by_hand(desk: Desk) -> None:
    case = await desk.receive(category="fees")
    assert (await case.ask("assignment")).status_code == 404
    ticket = await case.done("routing", {"team": "fees"})
    assert (ticket["status"], ticket["place"], ticket["team"]) == ("queued", "CSE-10", "fees")


async def test_directly_to_a_higher_tier_needs_a_reason(desk: Desk) -> None:
    case = await desk.receive(category="fees")
    refused = await case.ask("routing", {"tier": "RDE"})
    assert (refused.status_code, refused.json()["code"]) == (422, "DIRECT_REASON_REQUIRED")
    ticket = await case.done("routing", {"tier": "RDE", "direct_reason": "special_case"})
    assert (ticket["place"], ticket["open_case"]) == ("RDE-10", 1)


async def test_a_routed_ticket_is_not_routed_elsewhere(desk: Desk) -> None:
    case = await desk.receive()
    refused = await case.ask("routing", {"tier": "PSE", "reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "ALREADY_ROUTED")


async def test_a_consultation_that_nobody_received_is_unknown(desk: Desk) -> None:
    unknown = await desk.centre.post("/v1/tickets/0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50/routing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "UNKNOWN_TICKET")


async def test_a_withdrawn_consultation_is_closed_and_not_routed_any_more(desk: Desk) -> None:
    case = await desk.receive(category="fees")
    await desk.centre.post(f"/v1/consultations/{case.ticket_id}/withdrawal")
    await desk.centre.settled()
    refused = await case.ask("routing")
    assert (refused.status_code, refused.json()["now"]) == (409, "The ticket is closed (withdrawn).")
