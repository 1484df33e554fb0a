"""Who holds a ticket, and who may take it."""

from shared_events.http import Role
from tests.routing_svc.desk import Desk


async def test_whoever_claims_a_ticket_holds_it(desk: Desk) -> None:
    case = await desk.receive()
    claimed = await case.done("assignment")
    assert (claimed["status"], claimed["agent_id"]) == ("in_work", desk.centre.people[Role.AGENT].id)


async def test_only_leads_take_a_ticket_from_another_agent(desk: Desk) -> None:
    case = await desk.receive()
    await case.done("assignment", {"agent_id": "agent-117"})
    taken = await case.ask("assignment")
    assert (taken.status_code, taken.json()["code"]) == (409, "HELD_BY_ANOTHER")
    released = await case.undo("assignment")
    assert (released.status_code, released.json()["code"]) == (409, "HELD_BY_ANOTHER")
    given = await case.done("assignment", {"agent_id": "agent-118"}, Role.LEAD)
    assert given["agent_id"] == "agent-118"


async def test_a_ticket_goes_back_into_the_queue_with_or_without_a_reason(desk: Desk) -> None:
    case = await desk.receive()
    for body in (None, {"reason": "End of my shift."}):
        await case.done("assignment")
        released = await case.undo("assignment", body)
        assert (released.status_code, released.json()["status"]) == (200, "queued")
