"""The centre that system tests talk to is the whole system, and it works."""

from shared_events.http import Role
from tests.system.serving import Centre

ASKED = {"channel": "telephone", "content": "It does not start."}
TECHNICAL = {
    "category": "technical_support",
    "request_kind": "technical_department",
    "complexity": "complex",
    "urgency": "high",
}


async def test_what_one_service_accepted_the_others_soon_know(centre: Centre) -> None:
    received = await centre.post("/v1/consultations", ASKED)
    ticket_id = received.json()["ticket_id"]
    classified = await centre.post(f"/v1/consultations/{ticket_id}/classification", TECHNICAL)
    position = classified.headers["Zixun-Position"]
    claimed = await centre.post(f"/v1/tickets/{ticket_id}/assignment", Zixun_Position=position)
    assert (claimed.status_code, claimed.json()["agent_id"]) == (200, centre.people[Role.AGENT].id)
    shown = await centre.get(f"/v1/tickets/{ticket_id}", Zixun_Position=claimed.headers["Zixun-Position"])
    assert shown.headers["ETag"].strip('"').split("-")[:2] == ["intake.3", "routing.2"]


async def test_a_settled_centre_has_taken_in_every_event(centre: Centre) -> None:
    received = await centre.post("/v1/consultations", ASKED)
    ticket_id = received.json()["ticket_id"]
    await centre.post(f"/v1/consultations/{ticket_id}/classification", TECHNICAL)
    await centre.settled()
    shown = (await centre.get(f"/v1/tickets/{ticket_id}")).json()
    assert (shown["status"], shown["tier"]) == ("queued", "CSE")
