"""Routing, holding, and moving a ticket between tiers and teams."""

import pytest

from routing_svc.domain.commands import (
    AssignTicket,
    EscalateTicket,
    HandBackTicket,
    ReleaseTicket,
    RouteTicket,
    TransferTicket,
)
from routing_svc.domain.refusals import Refusal
from routing_svc.domain.state import Place
from shared_events.contracts.base import Step, Tier
from shared_events.contracts.routing import (
    DirectReason,
    TechnicalCaseOpened,
    TicketAssigned,
    TicketReleased,
    TicketRouted,
    TicketTransferred,
)
from tests.routing_svc.examples import (
    AGENT,
    CASE,
    CASE_ANSWERED,
    CUSTOMER,
    OTHER,
    TAKEN,
    UP_TO_PSE,
    UP_TO_RDE,
    asked,
    at,
    down,
    goes_on,
    happened,
    queued,
    taken,
    ticket,
    up,
    waits,
)

AUTOMATIC = asked(RouteTicket, customer_id=CUSTOMER, automatic=True)
BY_HAND = asked(RouteTicket, customer_id=CUSTOMER)
MOVED_TO_NETWORK = happened(
    TicketTransferred, tier=Tier.CSE, from_team="cse", team="network", told_customer="An expert."
)


def test_a_ticket_is_routed_to_the_default_team_of_cse() -> None:
    ticket.when(AUTOMATIC).then(happened(TicketRouted, tier=Tier.CSE, team="cse", automatic=True))


def test_a_ticket_is_routed_by_hand_to_the_team_that_is_named() -> None:
    by_hand = asked(RouteTicket, customer_id=CUSTOMER, team="fees")
    ticket.when(by_hand).then(happened(TicketRouted, tier=Tier.CSE, team="fees", automatic=False))


def test_an_important_customer_goes_directly_to_pse_and_the_code_is_kept() -> None:
    important = asked(
        RouteTicket, customer_id=CUSTOMER, tier=Tier.PSE, automatic=True, direct_reason=DirectReason.IMPORTANT_CUSTOMER
    )
    routed = happened(
        TicketRouted, tier=Tier.PSE, team="pse", automatic=True, direct_reason=DirectReason.IMPORTANT_CUSTOMER
    )
    ticket.when(important).then(routed)


def test_words_are_reason_enough_for_a_direct_routing() -> None:
    direct = asked(RouteTicket, customer_id=CUSTOMER, tier=Tier.PSE, reason="The site is down.")
    ticket.when(direct).then(
        happened(TicketRouted, tier=Tier.PSE, team="pse", automatic=False, reason="The site is down.")
    )


def test_a_ticket_routed_directly_to_rde_has_a_technical_case() -> None:
    direct = asked(RouteTicket, customer_id=CUSTOMER, tier=Tier.RDE, direct_reason=DirectReason.SPECIAL_CASE)
    ticket.when(direct).then(
        happened(TicketRouted, tier=Tier.RDE, team="rde", automatic=False, direct_reason=DirectReason.SPECIAL_CASE),
        CASE,
    )


@pytest.mark.parametrize("tier", [Tier.PSE, Tier.RDE])
def test_a_direct_routing_without_a_reason_is_refused(tier: Tier) -> None:
    direct = asked(RouteTicket, customer_id=CUSTOMER, tier=tier)
    ticket.when(direct).then_refused(Refusal.DIRECT_REASON_REQUIRED)


@pytest.mark.parametrize("place", [place for place in Place if place is not Place.UNROUTED])
def test_a_later_classification_does_not_route_again(place: Place) -> None:
    at(place).when(AUTOMATIC).then_nothing()


def test_routing_by_hand_to_where_the_ticket_is_changes_nothing() -> None:
    queued.when(BY_HAND).then_nothing()


@pytest.mark.parametrize("place", [Place.PSE_10, Place.RESOLVED, Place.CLOSED])
def test_a_routed_ticket_is_not_routed_elsewhere(place: Place) -> None:
    at(place).when(BY_HAND).then_refused(Refusal.ALREADY_ROUTED)


def test_somebody_takes_a_ticket_from_the_queue() -> None:
    queued.when(asked(AssignTicket, agent_id=AGENT)).then(TAKEN)


def test_to_take_it_twice_changes_nothing() -> None:
    at(Place.CSE_10).when(asked(AssignTicket, agent_id=AGENT)).then_nothing()


def test_a_waiting_ticket_in_the_queue_may_be_given_to_anybody() -> None:
    queued.when(asked(AssignTicket, agent_id=OTHER)).then(taken(Tier.CSE, OTHER))


def test_the_holder_passes_the_ticket_on() -> None:
    passed_on = happened(TicketAssigned, agent_id=OTHER, tier=Tier.CSE, team="cse", previous_agent_id=AGENT)
    at(Place.CSE_10).when(asked(AssignTicket, agent_id=OTHER)).then(passed_on)


def test_nobody_takes_a_ticket_from_another_agent() -> None:
    grab = asked(AssignTicket, agent_id=OTHER, by=OTHER)
    at(Place.CSE_10).when(grab).then_refused(Refusal.HELD_BY_ANOTHER)


def test_a_team_leader_takes_a_ticket_from_another_agent() -> None:
    grab = asked(AssignTicket, agent_id=OTHER, by="lead-1", by_lead=True)
    at(Place.CSE_10).when(grab).then(
        happened(TicketAssigned, agent_id=OTHER, tier=Tier.CSE, team="cse", previous_agent_id=AGENT, by="lead-1")
    )


def test_the_holder_puts_the_ticket_back_into_the_queue() -> None:
    release = asked(ReleaseTicket, reason="End of shift.")
    at(Place.CSE_10).when(release).then(happened(TicketReleased, agent_id=AGENT, reason="End of shift."))


def test_to_release_what_nobody_holds_changes_nothing() -> None:
    queued.when(asked(ReleaseTicket)).then_nothing()


def test_nobody_releases_the_ticket_of_another_agent() -> None:
    at(Place.CSE_10).when(asked(ReleaseTicket, by=OTHER)).then_refused(Refusal.HELD_BY_ANOTHER)


def test_a_team_leader_releases_the_ticket_of_another_agent() -> None:
    release = asked(ReleaseTicket, by="lead-1", by_lead=True)
    at(Place.CSE_10).when(release).then(happened(TicketReleased, agent_id=AGENT, by="lead-1"))


def test_what_was_done_stays_done_when_the_ticket_is_released() -> None:
    released = at(Place.CSE_40).given(happened(TicketReleased, agent_id=AGENT))
    state = released.decider.fold(released.decider.initial, released.history)
    assert (state.place, state.open_answer, state.agent_id) == (Place.CSE_40, 1, None)


def test_an_escalation_goes_one_tier_up() -> None:
    queued.when(asked(EscalateTicket)).then(UP_TO_PSE)


def test_an_escalation_from_pse_opens_a_technical_case_first() -> None:
    at(Place.PSE_10).when(asked(EscalateTicket)).then(CASE, UP_TO_RDE)


def test_an_open_technical_case_is_not_opened_again() -> None:
    at(Place.PSE_10).given(CASE).when(asked(EscalateTicket)).then(UP_TO_RDE)


def test_a_ticket_that_comes_back_to_rde_after_an_answered_case_gets_another_one() -> None:
    second = happened(TechnicalCaseOpened, case=2, step=Step.TECHNICAL_CASE)
    at(Place.RDE_20).given(CASE_ANSWERED).when(asked(EscalateTicket)).then(second, UP_TO_RDE)


def test_an_escalation_past_pse_needs_a_reason() -> None:
    at(Place.CSE_10).when(asked(EscalateTicket, tier=Tier.RDE)).then_refused(Refusal.REASON_REQUIRED)


def test_an_escalation_past_pse_with_a_reason_goes_to_rde_with_a_case() -> None:
    skip = asked(EscalateTicket, tier=Tier.RDE, reason="A known defect.")
    at(Place.CSE_10).when(skip).then(CASE, up(Tier.CSE, Tier.RDE, reason="A known defect."))


@pytest.mark.parametrize("place", [Place.RDE_10, Place.RDE_20])
def test_nothing_is_higher_than_rde(place: Place) -> None:
    at(place).when(asked(EscalateTicket)).then_refused(Refusal.HIGHEST_TIER)


def test_an_escalation_does_not_go_down() -> None:
    at(Place.PSE_10).when(asked(EscalateTicket, tier=Tier.CSE)).then_refused(Refusal.NOT_HIGHER)


def test_an_escalation_to_the_tier_that_has_the_ticket_changes_nothing() -> None:
    at(Place.PSE_10).when(asked(EscalateTicket, tier=Tier.PSE)).then_nothing()


def test_another_team_of_the_same_tier_is_not_an_escalation() -> None:
    elsewhere = asked(EscalateTicket, tier=Tier.PSE, team="network")
    at(Place.PSE_10).when(elsewhere).then_refused(Refusal.NOT_HIGHER)


def test_a_hand_back_goes_one_tier_down() -> None:
    at(Place.PSE_20).when(asked(HandBackTicket)).then(down(Tier.PSE, Tier.CSE))


def test_a_hand_back_goes_to_the_team_that_had_the_ticket_before() -> None:
    routed = happened(TicketRouted, tier=Tier.CSE, team="network", automatic=False)
    ticket.given(routed, up(Tier.CSE, Tier.PSE, from_team="network")).when(asked(HandBackTicket)).then(
        down(Tier.PSE, Tier.CSE, team="network")
    )


def test_a_hand_back_past_pse_needs_a_reason() -> None:
    at(Place.RDE_10).when(asked(HandBackTicket, tier=Tier.CSE)).then_refused(Refusal.REASON_REQUIRED)


def test_a_hand_back_past_pse_with_a_reason_goes_to_cse() -> None:
    skip = asked(HandBackTicket, tier=Tier.CSE, reason="Not a defect.")
    at(Place.RDE_10).when(skip).then(down(Tier.RDE, Tier.CSE, reason="Not a defect."))


def test_nothing_is_lower_than_cse() -> None:
    at(Place.CSE_10).when(asked(HandBackTicket)).then_refused(Refusal.LOWEST_TIER)


def test_a_hand_back_does_not_go_up() -> None:
    at(Place.PSE_10).when(asked(HandBackTicket, tier=Tier.RDE)).then_refused(Refusal.NOT_LOWER)


def test_a_hand_back_to_the_tier_that_has_the_ticket_changes_nothing() -> None:
    at(Place.CSE_10).when(asked(HandBackTicket, tier=Tier.CSE)).then_nothing()


def test_a_transfer_says_what_the_customer_was_told() -> None:
    transfer = asked(TransferTicket, team="network", told_customer="An expert.")
    at(Place.CSE_20).when(transfer).then(MOVED_TO_NETWORK)


def test_a_transfer_of_which_the_customer_was_not_told_is_refused() -> None:
    at(Place.CSE_20).when(asked(TransferTicket, team="network")).then_refused(Refusal.CUSTOMER_NOT_TOLD)


def test_a_transfer_to_the_same_team_changes_nothing() -> None:
    transfer = asked(TransferTicket, team="network", told_customer="An expert.")
    at(Place.CSE_20).given(MOVED_TO_NETWORK).when(transfer).then_nothing()


@pytest.mark.parametrize(
    ("move", "moved"),
    [
        (asked(EscalateTicket), UP_TO_PSE),
        (asked(TransferTicket, team="network", told_customer="An expert."), MOVED_TO_NETWORK),
    ],
)
def test_a_move_ends_the_wait(move: EscalateTicket | TransferTicket, moved: TicketTransferred) -> None:
    at(Place.CSE_10).given(waits()).when(move).then(goes_on(), moved)


def test_a_hand_back_ends_the_wait() -> None:
    at(Place.PSE_10).given(waits()).when(asked(HandBackTicket)).then(goes_on(), down(Tier.PSE, Tier.CSE))


@pytest.mark.parametrize("place", [Place.CSE_50, Place.PSE_40, Place.RDE_ANSWERED])
def test_a_ticket_whose_verdict_is_open_does_not_move(place: Place) -> None:
    at(place).when(asked(EscalateTicket)).then_refused(Refusal.VERDICT_OPEN)
    at(place).when(asked(HandBackTicket)).then_refused(Refusal.VERDICT_OPEN)
    at(place).when(asked(TransferTicket, team="x", told_customer="y")).then_refused(Refusal.VERDICT_OPEN)
