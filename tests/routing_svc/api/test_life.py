"""Waits, the end and the return of a ticket over HTTP."""

from tests.routing_svc.desk import Desk


async def test_a_ticket_waits_until_it_is_told_to_go_on(desk: Desk) -> None:
    case = await desk.receive()
    assert (await case.done("pause", {"reason": "customer", "note": "Sends the log."}))["paused"] == "customer"
    assert (await case.done("pause", {"reason": "vendor"}))["paused"] == "vendor"
    resumed = await case.undo("pause")
    assert (resumed.status_code, resumed.json()["paused"]) == (200, None)
    again = await case.undo("pause", {})
    assert again.json()["version"] == resumed.json()["version"]


async def test_a_ticket_is_resolved_closed_and_reopened(desk: Desk) -> None:
    case = await desk.receive()
    assert (await case.done("resolution", {"resolution": "no_answer_needed"}))["status"] == "resolved"
    assert (await case.done("closing"))["closing_cause"] == "done"
    reopened = await case.done("reopening", {"cause": "recurred", "tier": "PSE", "note": "It is back."})
    assert (reopened["place"], reopened["closing_cause"], reopened["resolution"]) == ("PSE-10", None, None)


async def test_a_dissatisfied_customer_reopens_the_ticket_by_events_alone(desk: Desk) -> None:
    case = await desk.receive_answered()
    await case.done("answers/1/verdict", {"accepted": True})
    await case.done("closing")
    await desk.centre.settled()
    callback = f"/v1/callbacks/{case.ticket_id}.1"
    reached = await desk.centre.post(f"{callback}/attempts", {"result": "reached"})
    assert reached.status_code == 200, reached.text
    said = await desk.centre.post(f"{callback}/outcome", {"satisfied": False, "comment": "It broke again."})
    assert said.status_code == 200, said.text
    await desk.centre.settled()
    ticket = await case.done("notices", {"message": "We look at it again."})
    assert (ticket["status"], ticket["place"]) == ("queued", "CSE-10")


async def test_a_withdrawn_consultation_closes_its_ticket(desk: Desk) -> None:
    case = await desk.receive()
    await desk.centre.post(f"/v1/consultations/{case.ticket_id}/withdrawal")
    await desk.centre.settled()
    closed = (await case.ask("closing")).json()
    assert (closed["status"], closed["closing_cause"]) == ("closed", "withdrawn")
