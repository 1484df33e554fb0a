"""Escalations because a deadline passed: each deadline leads one tier up at most, and none undoes what came after."""

from datetime import timedelta
from typing import Any, Final

import pytest

from routing_svc.domain.commands import Command, EscalateTicket
from routing_svc.domain.policy import escalate_breached
from routing_svc.domain.refusals import Refusal
from routing_svc.domain.state import ANSWERED, AT_RDE, Place, Ticket
from routing_svc.domain.ticket import DECIDER
from shared_events.contracts.base import Tier
from shared_events.contracts.routing import ReopeningCause, RoutingEvent, TicketReopened, TicketTransferred
from shared_events.contracts.sla import SlaBreached
from shared_events.decider import Refused
from tests.routing_svc.examples import (
    CASE,
    CASE_ANSWERED,
    HISTORIES,
    NOON,
    UP_TO_PSE,
    UP_TO_RDE,
    asked,
    at,
    down,
    goes_on,
    happened,
    queued,
    ticket,
    waits,
)
from tests.routing_svc.recordings import LATER, recorded

DEADLINE: Final = NOON + timedelta(seconds=30)
"""All examples entered their tiers before, at noon."""
NOTICED: Final = LATER
MUCH_LATER: Final = NOON + timedelta(hours=2)


def overdue(tier: Tier | None = None) -> EscalateTicket:
    return asked(EscalateTicket, tier=tier, overdue_since=DEADLINE, at=NOTICED)


def later(event: RoutingEvent) -> Any:
    """The same, when the breach is noticed."""
    return event.model_copy(update={"at": NOTICED})


def breaches(metric: str) -> list[Command]:
    """What a breach of this metric asks for."""
    breach = SlaBreached(
        at=DEADLINE,
        by="system:sla",
        clock_id=metric,
        metric=metric,
        cycle=1,
        deadline=DEADLINE,
        target_seconds=30,
        escalate=True,
    )
    return list(escalate_breached(recorded(breach)))


def climbed(state: Ticket, metrics: list[str]) -> Ticket:
    """After the breaches of these metrics, one after the other; refusals are dropped."""
    for metric in metrics:
        for command in breaches(metric):
            try:
                state = DECIDER.fold(state, DECIDER.decide(command, state))
            except Refused:
                continue
    return state


@pytest.mark.parametrize("tier", [None, Tier.PSE])
def test_a_ticket_that_was_at_cse_when_the_deadline_passed_goes_to_pse(tier: Tier | None) -> None:
    queued.when(overdue(tier)).then(later(UP_TO_PSE))


@pytest.mark.parametrize("tier", [None, Tier.RDE])
def test_a_ticket_that_was_at_pse_goes_to_rde_with_a_technical_case(tier: Tier | None) -> None:
    at(Place.PSE_10).when(overdue(tier)).then(later(CASE), later(UP_TO_RDE))


def test_another_team_of_the_same_tier_does_not_make_the_tier_less_late() -> None:
    moved = happened(
        TicketTransferred, tier=Tier.CSE, from_team="cse", team="network", told_customer="x", at=MUCH_LATER
    )
    queued.given(moved).when(overdue()).then(later(UP_TO_PSE).model_copy(update={"from_team": "network"}))


def test_the_ticket_does_not_wait_on_for_whom_the_tier_before_waited_for() -> None:
    queued.given(waits()).when(overdue()).then(later(goes_on()), later(UP_TO_PSE))


@pytest.mark.parametrize(
    "metrics", [["tier_cse", "first_response"], ["first_response", "tier_cse"], ["next_reply"] * 5]
)
def test_deadlines_that_pass_together_lead_one_tier_up_in_whatever_order_they_are_said(metrics: list[str]) -> None:
    state = DECIDER.fold(DECIDER.initial, HISTORIES[Place.CSE_30])
    assert climbed(state, metrics).tier is Tier.PSE


@pytest.mark.parametrize("moment", [DEADLINE, NOTICED, MUCH_LATER])
@pytest.mark.parametrize("tier", [None, Tier.PSE, Tier.RDE])
def test_a_ticket_that_somebody_has_moved_since_is_left_alone(moment: Any, tier: Tier | None) -> None:
    queued.given(UP_TO_PSE.model_copy(update={"at": moment})).when(overdue(tier)).then_nothing()
    handed_back = down(Tier.PSE, Tier.CSE, at=moment)
    at(Place.PSE_10).given(handed_back).when(overdue(tier)).then_nothing()
    at(Place.RDE_20).given(CASE_ANSWERED.model_copy(update={"at": moment})).when(overdue(tier)).then_nothing()


def test_a_ticket_that_was_reopened_since_is_left_alone() -> None:
    reopened = happened(TicketReopened, cause=ReopeningCause.RECURRED, tier=Tier.CSE, team="cse", at=NOTICED)
    at(Place.CLOSED).given(reopened).when(overdue()).then_nothing()


@pytest.mark.parametrize("place", sorted(AT_RDE))
def test_nothing_is_higher_than_rde_however_late_it_is(place: Place) -> None:
    at(place).when(overdue()).then_refused(Refusal.HIGHEST_TIER)
    at(place).when(overdue(Tier.PSE)).then_refused(Refusal.HIGHEST_TIER)


@pytest.mark.parametrize("place", sorted(ANSWERED))
def test_while_the_customer_has_an_answer_nobody_above_has_anything_to_do(place: Place) -> None:
    at(place).when(overdue()).then_refused(Refusal.VERDICT_OPEN)


def test_what_is_not_routed_or_over_has_no_tier_to_go_up_from() -> None:
    ticket.when(overdue()).then_refused(Refusal.NOT_ROUTED)
    at(Place.RESOLVED).when(overdue()).then_refused(Refusal.ALREADY_RESOLVED)
    at(Place.CLOSED).when(overdue()).then_refused(Refusal.ALREADY_CLOSED)
