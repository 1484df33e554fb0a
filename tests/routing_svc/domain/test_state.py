"""Any history can be folded, and says what a front end shows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from routing_svc.domain.state import OPEN, WORKING, Place, Status, Ticket, evolve
from routing_svc.domain.ticket import DECIDER
from shared_events.contracts import OWNERS
from shared_events.contracts.base import Tier
from shared_events.contracts.routing import RoutingEvent, TicketAssigned, TicketReleased
from tests.routing_svc.examples import AGENT, HISTORIES, NOON, RESOLVED, ROUTED, TAKEN, happened, standing_at

FOREVER: dict[str, Any] = {"at": st.just(NOON), "by": st.just(AGENT), "customer_id": st.just("c1")}
NUMBERED = {"answer": st.integers(1, 4), "case": st.integers(1, 4)}


def any_of(kind: type[Any]) -> st.SearchStrategy[RoutingEvent]:
    """Any event of this type."""
    numbers = {name: strategy for name, strategy in NUMBERED.items() if name in kind.model_fields}
    return st.builds(kind, **FOREVER, **numbers)


anything = st.one_of([any_of(kind) for kind in OWNERS["routing"]])


@given(st.lists(anything, max_size=12))
def test_any_history_can_be_folded(history: list[RoutingEvent]) -> None:
    state = DECIDER.fold(DECIDER.initial, history)
    assert state.status in Status
    assert state.open_answer is None or state.place in OPEN


@pytest.mark.parametrize("kind", OWNERS["routing"])
def test_every_event_of_routing_can_follow_every_place(kind: type[Any]) -> None:
    said = {"tier": Tier.PSE, "from_tier": Tier.CSE, "from_team": "cse", "team": "pse", "agent_id": "a", "answer": 1}
    texts = dict.fromkeys(("problem", "query", "analysis", "text", "message"), "x")
    enumerated = {"reason": "customer", "resolution": "no_verdict", "cause": "withdrawn", "case": 1, "automatic": True}
    try:
        event = happened(kind, **said, **texts, **enumerated)
    except ValidationError:
        event = happened(kind, **said, **texts, **enumerated | {"cause": "recurred"})
    for place in Place:
        assert isinstance(evolve(standing_at(place), event), Ticket)


@pytest.mark.parametrize("place", list(Place))
def test_each_history_leads_to_its_place(place: Place) -> None:
    assert standing_at(place).place is place


def test_the_status_is_the_place_without_the_box() -> None:
    expected = {
        Place.UNROUTED: Status.UNROUTED,
        Place.RESOLVED: Status.RESOLVED,
        Place.CLOSED: Status.CLOSED,
        **dict.fromkeys(WORKING, Status.IN_WORK),
        **dict.fromkeys(OPEN - WORKING, Status.ANSWERED),
    }
    assert {place: standing_at(place).status for place in Place} == expected


def test_a_ticket_in_work_that_nobody_holds_is_queued() -> None:
    released = [*HISTORIES[Place.CSE_30], happened(TicketReleased, agent_id=AGENT)]
    assert DECIDER.fold(DECIDER.initial, released).status is Status.QUEUED


def test_a_resolved_ticket_remembers_who_held_it_last() -> None:
    assert DECIDER.fold(DECIDER.initial, [ROUTED, TAKEN, RESOLVED]).agent_id == AGENT


def test_a_ticket_has_one_holder() -> None:
    second = happened(TicketAssigned, agent_id="b", tier=Tier.CSE, team="cse", previous_agent_id=AGENT)
    assert DECIDER.fold(DECIDER.initial, [ROUTED, TAKEN, second]).agent_id == "b"
