"""The centre in numbers, over HTTP."""

from datetime import timedelta
from typing import Any

from shared_events.contracts.base import Fact, Origin, Tier
from shared_events.contracts.intake import ConsultationWithdrawn
from shared_events.contracts.routing import (
    AnswerRejected,
    AnswerSubmitted,
    PauseReason,
    TicketClosed,
    TicketEscalated,
    TicketHandedBack,
    TicketPaused,
    TicketReopened,
    TicketResumed,
    TicketTransferred,
)
from shared_events.http import Role
from tests.ledger_svc.history import ASSIGNED, CLASSIFIED, NOON, RECEIVED, ROUTED, after
from tests.ledger_svc.serving import Ledger

SUBMITTED = AnswerSubmitted(**after(6), answer=1, tier=Tier.CSE)
REJECTED = AnswerRejected(**after(7), answer=1, tier=Tier.CSE)
CLOSED = TicketClosed(**after(8), cause="done")
REOPENED = TicketReopened(**after(9), cause="recurred", tier=Tier.CSE, team="cse")


def up(low: Tier, high: Tier) -> Fact:
    return TicketEscalated(**after(5), from_tier=low, from_team="a", tier=high, team="b")


def down(high: Tier, low: Tier) -> Fact:
    return TicketHandedBack(**after(5), from_tier=high, from_team="b", tier=low, team="a")


async def figures(ledger: Ledger, query: str = "") -> dict[str, Any]:
    answer = await ledger.get(f"/v1/figures{query}", Role.ANALYST)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def moves(*events: int) -> list[dict[str, Any]]:
    """Between CSE and PSE, PSE and RDE, CSE and RDE, upwards."""
    pairs = (("CSE", "PSE"), ("PSE", "RDE"), ("CSE", "RDE"))
    return [
        {"from_tier": low, "to_tier": high, "events": count} for (low, high), count in zip(pairs, events, strict=True)
    ]


def turned(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"from_tier": m["to_tier"], "to_tier": m["from_tier"], "events": m["events"]} for m in told]


async def test_moves_are_counted_by_pair_and_tickets_by_the_tiers_they_touched(ledger: Ledger) -> None:
    start = (RECEIVED, CLASSIFIED, ROUTED)
    await ledger.given(*start, ticket="1")
    await ledger.given(*start, up(Tier.CSE, Tier.PSE), down(Tier.PSE, Tier.CSE), up(Tier.CSE, Tier.PSE), ticket="2")
    await ledger.given(*start, up(Tier.CSE, Tier.PSE), up(Tier.PSE, Tier.RDE), down(Tier.RDE, Tier.PSE), ticket="3")
    await ledger.given(*start, up(Tier.CSE, Tier.RDE), down(Tier.RDE, Tier.CSE), ticket="4")
    moved = TicketTransferred(**after(5), tier=Tier.CSE, from_team="a", team="b")
    await ledger.given(*start, moved, moved, ticket="5")
    await ledger.given(RECEIVED, ticket="6")
    told = await figures(ledger)
    assert (told["tickets"], told["transfers"]) == (6, 2)
    assert told["escalations"] == moves(3, 1, 1)
    assert turned(told["hand_backs"]) == moves(1, 1, 1)
    assert {"+".join(item["tiers"]): item["tickets"] for item in told["tiers_touched"]} == {
        "": 1,
        "CSE": 2,
        "CSE+PSE": 1,
        "CSE+PSE+RDE": 1,
        "CSE+RDE": 1,
    }


async def test_waits_refusals_and_reopenings_are_counted_as_events_and_as_tickets(ledger: Ledger) -> None:
    start = (RECEIVED, CLASSIFIED, ROUTED, ASSIGNED)
    wait = (TicketPaused(**after(5), reason=PauseReason.USER), TicketResumed(**after(5), reason=PauseReason.USER))
    await ledger.given(*start, *wait, *wait, ticket="1")
    await ledger.given(*start, *wait, SUBMITTED, REJECTED, SUBMITTED, REJECTED, ticket="2")
    await ledger.given(*start, SUBMITTED, CLOSED, REOPENED, ticket="3")
    await ledger.given(*start, SUBMITTED, REJECTED, CLOSED, REOPENED, ticket="4")
    told = await figures(ledger)
    assert told["waits"] == {"events": 3, "tickets": 2}
    assert told["refused_verdicts"] == {"events": 3, "tickets": 2}
    assert told["reopenings"] == {"events": 2, "tickets": 2}
    assert told["refused_or_reopened_tickets"] == 3


async def test_tickets_are_counted_by_their_last_state(ledger: Ledger) -> None:
    start = (RECEIVED, CLASSIFIED, ROUTED, ASSIGNED)
    await ledger.given(RECEIVED, ticket="1")
    await ledger.given(*start, ticket="2")
    await ledger.given(*start, SUBMITTED, ticket="3")
    await ledger.given(*start, SUBMITTED, CLOSED, ticket="4")
    await ledger.given(*start, SUBMITTED, CLOSED, REOPENED, ticket="5")
    await ledger.given(*start, ConsultationWithdrawn(**after(9)), ticket="6")
    told = await figures(ledger)
    assert told["last_states"] == {
        "received": 1,
        "classified": 0,
        "queued": 1,
        "in_work": 1,
        "answered": 1,
        "resolved": 0,
        "closed": 1,
        "withdrawn": 1,
    }
    assert told["still_open"] == 3


async def test_figures_are_narrowed_down_to_a_time_and_an_origin(ledger: Ledger) -> None:
    later = RECEIVED.model_copy(update={"at": NOON + timedelta(hours=1)})
    await ledger.given(RECEIVED, ticket="1")
    await ledger.given(later, ticket="2")
    await ledger.given(RECEIVED, ticket="3", origin=Origin.IMPORT)
    expected = {
        "": 3,
        "?received_from=2026-03-02T13:00:00Z": 1,
        "?received_to=2026-03-02T13:00:00Z": 2,
        "?received_from=2026-03-02T20:00:00%2B08:00&received_to=2026-03-02T21:00:00%2B08:00": 2,
        "?origin=import": 1,
        "?origin=live&received_to=2026-03-02T13:00:00Z": 1,
    }
    assert {query: (await figures(ledger, query))["tickets"] for query in expected} == expected


async def test_an_empty_centre_has_zeros(ledger: Ledger) -> None:
    told = await figures(ledger)
    assert (told["tickets"], told["transfers"], told["tiers_touched"]) == (0, 0, [])
    assert told["escalations"] == moves(0, 0, 0)
    assert told["waits"] == {"events": 0, "tickets": 0}


async def test_a_moment_without_its_offset_from_utc_is_refused(ledger: Ledger) -> None:
    for query, pointer in {"received_from=2026-03-02T13:00:00": "received_from", "origin=fax": "origin"}.items():
        answer = await ledger.get(f"/v1/figures?{query}", Role.LEAD)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_figures_are_not_for_agents(ledger: Ledger) -> None:
    answer = await ledger.get("/v1/figures", Role.AGENT)
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
