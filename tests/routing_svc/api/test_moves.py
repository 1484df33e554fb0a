"""Up, down and sideways over HTTP."""

from tests.routing_svc.desk import Desk


async def test_a_ticket_goes_up_with_a_case_and_down_again(desk: Desk) -> None:
    case = await desk.receive()
    assert (await case.done("escalation", {"team": "network"}))["team"] == "network"
    described = await case.done("technical-case", {"description": "The lease lapses."})
    assert (described["place"], described["open_case"]) == ("PSE-10", 1)
    assert (await case.done("escalation"))["place"] == "RDE-10"
    back = await case.done("hand-back", {"reason": "Not a defect."})
    assert (back["place"], back["team"]) == ("PSE-10", "network")


async def test_a_tier_is_skipped_only_with_a_reason(desk: Desk) -> None:
    case = await desk.receive()
    refused = await case.ask("escalation", {"tier": "RDE"})
    assert (refused.status_code, refused.json()["code"]) == (409, "REASON_REQUIRED")


async def test_a_transfer_says_what_the_customer_was_told(desk: Desk) -> None:
    case = await desk.receive()
    refused = await case.ask("transfer", {"team": "network"})
    assert (refused.status_code, refused.json()["code"]) == (409, "CUSTOMER_NOT_TOLD")
    moved = await case.done("transfer", {"team": "network", "told_customer": "An expert takes over."})
    assert (moved["tier"], moved["team"], moved["status"]) == ("CSE", "network", "queued")
