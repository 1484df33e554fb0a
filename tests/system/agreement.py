"""What routing says of a ticket, the ledger says too: in the ticket, its timeline, lists, queues and desks."""

from collections import defaultdict
from typing import Any

from shared_events.http import Role, etag_of
from tests.system.journey import Journey, Step

SHARED = ("status", "tier", "team")
HELD = ("in_work", "answered")


async def agree(journey: Journey) -> dict[str, Any]:
    """Holds all that the ledger shows of a ticket against routing; gives the ticket as shown."""
    await journey.centre.settled()
    ticket = await _said_by_routing(journey)
    answer = await journey.read()
    shown: dict[str, Any] = answer.json()
    assert {name: shown[name] for name in SHARED} == {name: ticket[name] for name in SHARED} | _withdrawn(ticket)
    assert shown["paused"] == (ticket["paused"] is not None)
    assert shown["versions"]["routing"] == ticket["version"]
    assert len(shown["answers"]) == ticket["answers_count"]
    assert shown["agent_id"] == ticket["agent_id"]
    assert answer.headers["ETag"] == etag_of(shown["versions"])
    await _agree_timeline(journey, shown)
    await _agree_lists(journey, shown)
    await _agree_queue(journey, shown)
    await _agree_desk(journey, shown)
    return shown


async def _said_by_routing(journey: Journey) -> dict[str, Any]:
    """To route a routed ticket changes nothing, and tells where it is."""
    answer = await journey.attempt(Step("routing"))
    said: dict[str, Any] = answer.json()
    return said if answer.is_success else said["present"]


def _withdrawn(ticket: dict[str, Any]) -> dict[str, str]:
    return {"status": "withdrawn"} if ticket["closing_cause"] == "withdrawn" else {}


async def _agree_timeline(journey: Journey, shown: dict[str, Any]) -> None:
    """Every event of every service is there once."""
    versions = defaultdict(list)
    for item in (await journey.read("/timeline?limit=100")).json()["items"]:
        versions[item["service"]].append(item["version"])
    expected = {service: list(range(1, version + 1)) for service, version in shown["versions"].items()}
    assert {service: sorted(found) for service, found in versions.items()} == expected


async def _agree_lists(journey: Journey, shown: dict[str, Any]) -> None:
    """The list of what the ticket is has it, with the same words; a list of what it is not has not."""
    fitting = "&".join(f"{name}={shown[name]}" for name in (*SHARED, "category", "urgency") if shown[name] is not None)
    own = f"/v1/tickets?customer_id={journey.customer_id}"
    (item,) = (await _read(journey, f"{own}&{fitting}"))["items"]
    assert item.items() <= shown.items()
    assert (await _read(journey, f"{own}&status={'queued' if shown['status'] != 'queued' else 'closed'}"))[
        "items"
    ] == []


async def _agree_queue(journey: Journey, shown: dict[str, Any]) -> None:
    waiting = shown["status"] == "queued"
    assert waiting == (shown["queued_since"] is not None)
    path = f"/v1/tickets?status=queued&tier={shown['tier']}&team={shown['team']}&limit=100"
    listed = (await _read(journey, path))["items"]
    queues = {(queue["tier"], queue["team"]): queue for queue in (await _read(journey, "/v1/queues"))["items"]}
    queue = queues.get((shown["tier"], shown["team"]))
    assert (journey.ticket_id in {item["ticket_id"] for item in listed}) == waiting
    assert (0 if queue is None else queue["tickets"]) == len(listed)
    if queue is not None:
        assert queue["oldest_wait_since"] == min(item["queued_since"] for item in listed)
        assert queue["paused"] == sum(item["paused"] for item in listed)


async def _agree_desk(journey: Journey, shown: dict[str, Any]) -> None:
    agent_id = shown["agent_id"] or journey.centre.people[Role.AGENT].id
    desk = await _read(journey, f"/v1/agents/{agent_id}/desk")
    on_desk = {item["ticket_id"] for item in desk["tickets"]}
    assert (journey.ticket_id in on_desk) == (shown["status"] in HELD and shown["agent_id"] is not None)
    assert desk["in_work"] + desk["answered"] == len(on_desk)


async def _read(journey: Journey, path: str) -> dict[str, Any]:
    headers = journey.centre.people[Role.AGENT].header | journey.seen
    body: dict[str, Any] = (await journey.centre.http.get(path, headers=headers)).json()
    return body
