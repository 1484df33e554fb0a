"""A refusal says where the ticket is and what it would accept."""

import pytest

from routing_svc.domain.commands import Action, ProposeAnswer
from routing_svc.domain.rules import RULES, TITLES, allowed, whereabouts
from routing_svc.domain.state import Place
from routing_svc.domain.ticket import DECIDER
from tests.routing_svc.examples import ROUTED, WITHDRAWN, asked, at, queued, standing_at, waits


def test_every_command_has_a_rule_and_every_place_a_title() -> None:
    assert set(RULES) == set(Action)
    assert set(TITLES) == set(Place)


def test_a_refusal_says_where_the_ticket_is_and_what_is_allowed() -> None:
    refused = queued.when(asked(ProposeAnswer, text="x")).refused
    assert refused is not None
    assert str(refused) == (
        "The problem is confirmed and recorded first (CSE-10). "
        "The ticket is at CSE-10 (confirm and record the problem), in the queue of team cse. "
        "Allowed now: assign, escalate, transfer, inform_customer, pause, resolve, withdraw."
    )


@pytest.mark.parametrize("place", list(Place))
def test_what_is_allowed_is_said_with_every_refusal(place: Place) -> None:
    refused = at(place).when(asked(ProposeAnswer, text="x")).refused
    state = standing_at(place)
    assert (refused is None) == (Action.PROPOSE_ANSWER in allowed(state))
    if refused is not None:
        assert refused.now == whereabouts(state)
        assert refused.allowed == allowed(state)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (Place.UNROUTED, "The ticket is not routed."),
        (Place.CSE_50, "The ticket is at CSE-50 (does the customer accept?), with agent agent-1 of team cse."),
        (Place.PSE_30, "The ticket is at PSE-30 (submit the answer), with agent pse-1 of team pse."),
        (Place.RESOLVED, "The ticket is resolved."),
        (Place.CLOSED, "The ticket is closed (done)."),
    ],
)
def test_the_sentence_names_the_box_the_team_and_the_holder(place: Place, sentence: str) -> None:
    assert whereabouts(standing_at(place)) == sentence


def test_the_sentence_says_whom_the_ticket_waits_for() -> None:
    waiting = DECIDER.fold(DECIDER.initial, [ROUTED, waits()])
    assert whereabouts(waiting).endswith("in the queue of team cse, waiting (customer).")


def test_the_sentence_tells_a_withdrawn_ticket() -> None:
    assert whereabouts(DECIDER.fold(DECIDER.initial, [ROUTED, WITHDRAWN])) == "The ticket is closed (withdrawn)."


@pytest.mark.parametrize("place", list(Place))
def test_every_place_has_a_way_on(place: Place) -> None:
    assert allowed(standing_at(place))
