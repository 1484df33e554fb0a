"""What waits, and what lies on an agent's desk, over HTTP."""

from typing import Any

from shared_events.contracts.base import Tier
from shared_events.contracts.routing import (
    AnswerSubmitted,
    PauseReason,
    TicketAssigned,
    TicketClosed,
    TicketPaused,
    TicketResolved,
    TicketRouted,
)
from shared_events.http import Role
from tests.ledger_svc.history import ASSIGNED, CLASSIFIED, RECEIVED, ROUTED, after
from tests.ledger_svc.serving import Ledger

PAUSED = TicketPaused(**after(5), reason=PauseReason.VENDOR)
SUBMITTED = AnswerSubmitted(**after(6), answer=1, tier=Tier.CSE)


def routed(minutes: int, tier: Tier, team: str) -> TicketRouted:
    return TicketRouted(**after(minutes), tier=tier, team=team, automatic=False)


async def test_a_queue_says_how_many_wait_and_since_when(ledger: Ledger) -> None:
    await ledger.given(RECEIVED, CLASSIFIED, routed(9, Tier.CSE, "a"), ticket="1")
    await ledger.given(RECEIVED, CLASSIFIED, routed(7, Tier.CSE, "a"), PAUSED, ticket="2")
    await ledger.given(RECEIVED, CLASSIFIED, routed(8, Tier.CSE, "b"), ticket="3")
    await ledger.given(RECEIVED, CLASSIFIED, routed(6, Tier.PSE, "a"), ticket="4")
    await ledger.given(RECEIVED, CLASSIFIED, ROUTED, ASSIGNED, ticket="5")  # somebody has it
    await ledger.given(RECEIVED, CLASSIFIED, ticket="6")  # not in the flow
    assert (await ledger.get("/v1/queues")).json()["items"] == [
        queue("CSE", "a", tickets=2, paused=1, oldest_wait_since="2026-03-02T12:07:00Z"),
        queue("CSE", "b", tickets=1, paused=0, oldest_wait_since="2026-03-02T12:08:00Z"),
        queue("PSE", "a", tickets=1, paused=0, oldest_wait_since="2026-03-02T12:06:00Z"),
    ]


async def test_without_tickets_there_are_no_queues(ledger: Ledger) -> None:
    assert (await ledger.get("/v1/queues", Role.ANALYST)).json() == {"items": []}


async def test_a_desk_holds_what_its_agent_has_in_work_or_awaits_a_verdict_on(ledger: Ledger) -> None:
    start = (RECEIVED, CLASSIFIED, ROUTED)
    closed = (TicketResolved(**after(7), resolution="no_verdict"), TicketClosed(**after(8), cause="done"))
    await ledger.given(*start, ASSIGNED, ticket="1")
    await ledger.given(*start, ASSIGNED, PAUSED, ticket="2")
    await ledger.given(*start, ASSIGNED, SUBMITTED, ticket="3")
    await ledger.given(*start, ASSIGNED, SUBMITTED, *closed, ticket="4")
    await ledger.given(*start, TicketAssigned(**after(3), tier=Tier.CSE, team="cse", agent_id="agent-8"), ticket="5")
    desk = (await ledger.get("/v1/agents/agent-7/desk")).json()
    assert (desk["agent_id"], desk["in_work"], desk["paused"], desk["answered"]) == ("agent-7", 2, 1, 1)
    assert [(ticket["ticket_id"], ticket["status"]) for ticket in desk["tickets"]] == [
        ("1", "in_work"),
        ("2", "in_work"),
        ("3", "answered"),
    ]


async def test_the_desk_of_somebody_without_tickets_is_empty(ledger: Ledger) -> None:
    desk = (await ledger.get("/v1/agents/nobody/desk", Role.LEAD)).json()
    assert desk == {"agent_id": "nobody", "in_work": 0, "paused": 0, "answered": 0, "tickets": []}


async def test_a_desk_is_not_for_those_who_only_count(ledger: Ledger) -> None:
    for role in (Role.ANALYST, Role.OPS):
        answer = await ledger.get("/v1/agents/agent-7/desk", role)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


async def test_an_agent_s_id_without_sense_is_refused(ledger: Ledger) -> None:
    answer = await ledger.get("/v1/agents/%00/desk")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "agent_id")


def queue(tier: str, team: str, **told: Any) -> dict[str, Any]:
    return {"tier": tier, "team": team, **told}
