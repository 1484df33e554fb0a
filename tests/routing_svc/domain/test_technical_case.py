"""The case for research and development, and the way back of its answer."""

from routing_svc.domain.commands import (
    AnswerTechnicalCase,
    OpenTechnicalCase,
)
from routing_svc.domain.refusals import Refusal
from routing_svc.domain.state import Place
from shared_events.contracts.base import Step, Tier
from shared_events.contracts.routing import (
    TechnicalCaseAnswered,
    TechnicalCaseOpened,
    TicketReleased,
)
from tests.routing_svc.examples import (
    ANALYSED,
    ANALYSED_BY_RDE,
    CASE,
    CASE_ANSWERED,
    PSE_AGENT,
    ROUTED,
    TAKEN,
    TAKEN_BY_PSE,
    TAKEN_BY_RDE,
    UP_TO_PSE,
    asked,
    at,
    goes_on,
    happened,
    ticket,
    up,
    waits,
)


def test_a_technical_case_is_opened_ahead_of_the_escalation_and_the_ticket_stays() -> None:
    described = happened(TechnicalCaseOpened, case=1, description="The lease lapses.", step=Step.TECHNICAL_CASE)
    at(Place.PSE_20).when(asked(OpenTechnicalCase, description="The lease lapses.")).then(described)


def test_a_second_technical_case_is_refused_while_one_is_open() -> None:
    at(Place.PSE_20).given(CASE).when(asked(OpenTechnicalCase)).then_refused(Refusal.CASE_ALREADY_OPEN)


def test_cse_opens_no_technical_case() -> None:
    at(Place.CSE_30).when(asked(OpenTechnicalCase)).then_refused(Refusal.WRONG_TIER)


def test_rdes_answer_returns_to_the_pse_who_held_the_ticket_as_a_proposal() -> None:
    at(Place.RDE_20).when(asked(AnswerTechnicalCase, text="Update it.")).then(CASE_ANSWERED)
    state = at(Place.RDE_20).decider.fold(at(Place.RDE_20).decider.initial, (*at(Place.RDE_20).history, CASE_ANSWERED))
    assert (state.place, state.agent_id, state.open_answer, state.open_case) == (Place.PSE_30, PSE_AGENT, 1, None)


def test_rdes_answer_to_a_ticket_that_no_pse_held_waits_in_the_queue_of_pse() -> None:
    skipped = ticket.given(ROUTED, TAKEN, CASE, up(Tier.CSE, Tier.RDE, reason="x"), TAKEN_BY_RDE, ANALYSED_BY_RDE)
    skipped.when(asked(AnswerTechnicalCase, text="Update it.")).then(
        CASE_ANSWERED.model_copy(update={"agent_id": None})
    )


def test_rdes_answer_to_another_pse_team_waits_in_its_queue() -> None:
    elsewhere = asked(AnswerTechnicalCase, text="Update it.", team="network")
    at(Place.RDE_20).when(elsewhere).then(CASE_ANSWERED.model_copy(update={"agent_id": None, "team": "network"}))


def test_rde_analyses_before_it_answers() -> None:
    at(Place.RDE_10).when(asked(AnswerTechnicalCase, text="Update it.")).then_refused(Refusal.NOT_ANALYSED)


def test_an_answer_needs_an_open_case() -> None:
    at_rde = (up(Tier.PSE, Tier.RDE), TAKEN_BY_RDE, ANALYSED_BY_RDE)
    without_case = ticket.given(ROUTED, UP_TO_PSE, TAKEN_BY_PSE, ANALYSED, *at_rde)
    without_case.when(asked(AnswerTechnicalCase, text="Update it.")).then_refused(Refusal.NO_OPEN_CASE)
    without_case.when(asked(OpenTechnicalCase)).then(CASE)


def test_only_rde_answers_a_technical_case() -> None:
    at(Place.PSE_20).given(CASE).when(asked(AnswerTechnicalCase, text="x")).then_refused(Refusal.WRONG_TIER)


def test_rdes_answer_ends_the_wait() -> None:
    at(Place.RDE_20).given(waits()).when(asked(AnswerTechnicalCase, text="Update it.")).then(goes_on(), CASE_ANSWERED)


def test_the_way_back_remembers_the_pse_of_the_last_visit() -> None:
    history = (CASE_ANSWERED, happened(TicketReleased, agent_id=PSE_AGENT), up(Tier.PSE, Tier.RDE))
    again = at(Place.RDE_20).given(*history, CASE, TAKEN_BY_RDE, ANALYSED_BY_RDE)
    decided = again.when(asked(AnswerTechnicalCase, text="Update it."))
    answered = decided.events[-1]
    assert isinstance(answered, TechnicalCaseAnswered)
    assert answered.agent_id is None
