"""Work at the tiers, answers, and what the customer says to them."""

import pytest

from routing_svc.domain.commands import (
    AcceptAnswer,
    Command,
    ProposeAnswer,
    RecordAnalysis,
    RecordProblem,
    RecordSearch,
    RejectAnswer,
    ReportNoAnswer,
    SubmitAnswer,
)
from routing_svc.domain.refusals import Refusal
from routing_svc.domain.state import Place
from shared_events.contracts.base import Step, Tier
from shared_events.contracts.routing import (
    AnswerAccepted,
    AnswerException,
    AnswerRejected,
    ReopeningCause,
    TicketReopened,
)
from tests.routing_svc.examples import (
    ACCEPTED,
    ACCEPTED_FROM_PSE,
    ANALYSED,
    ANALYSED_BY_RDE,
    BY_EXCEPTION,
    CASE,
    CASE_ANSWERED,
    NO_ANSWER,
    NO_ANSWER_AT_PSE,
    PROBLEM,
    PROPOSED,
    PROPOSED_BY_PSE,
    REJECTED,
    REJECTED_FROM_PSE,
    RESOLVED,
    SEARCHED,
    SUBMITTED,
    SUBMITTED_BY_PSE,
    UP_TO_PSE,
    UP_TO_RDE,
    asked,
    at,
    down,
    goes_on,
    happened,
    proposed,
    queued,
    waits,
)

PROPOSE = asked(ProposeAnswer, text="Restart it.")
EXCEPTION = asked(SubmitAnswer, answer=1, exception=AnswerException.ANSWERED_BY_RDE, text="Update it.", by_lead=True)


def test_cse_10_records_the_problem() -> None:
    at(Place.CSE_10).when(asked(RecordProblem, problem="It drops at night.")).then(PROBLEM)


def test_cse_20_records_the_search() -> None:
    search = asked(RecordSearch, query="drops at night", found=("KB-1",))
    at(Place.CSE_20).when(search).then(SEARCHED)


def test_cse_30_yes_proposes_the_answer() -> None:
    at(Place.CSE_30).when(PROPOSE).then(PROPOSED)


def test_cse_30_no_sends_the_ticket_up_to_pse() -> None:
    at(Place.CSE_30).when(asked(ReportNoAnswer)).then(NO_ANSWER, UP_TO_PSE)


def test_cse_40_submits_the_proposed_answer() -> None:
    at(Place.CSE_40).when(asked(SubmitAnswer, answer=1)).then(SUBMITTED)


def test_cse_50_yes_resolves_the_ticket() -> None:
    at(Place.CSE_50).when(asked(AcceptAnswer, answer=1)).then(ACCEPTED, RESOLVED)


def test_cse_50_no_sends_the_ticket_up_to_pse() -> None:
    at(Place.CSE_50).when(asked(RejectAnswer, answer=1, reason="It still drops.")).then(REJECTED, UP_TO_PSE)


def test_pse_10_records_the_analysis() -> None:
    at(Place.PSE_10).when(asked(RecordAnalysis, analysis="The lease lapses.")).then(ANALYSED)


def test_pse_20_yes_proposes_the_answer() -> None:
    at(Place.PSE_20).when(PROPOSE).then(PROPOSED_BY_PSE)


def test_pse_20_no_opens_a_technical_case_and_sends_the_ticket_up_to_rde() -> None:
    at(Place.PSE_20).when(asked(ReportNoAnswer)).then(NO_ANSWER_AT_PSE, CASE, UP_TO_RDE)


def test_pse_30_submits_the_proposed_answer() -> None:
    at(Place.PSE_30).when(asked(SubmitAnswer, answer=1)).then(SUBMITTED_BY_PSE)


def test_pse_30_submits_rdes_answer() -> None:
    at(Place.RDE_20).given(CASE_ANSWERED).when(asked(SubmitAnswer, answer=1)).then(SUBMITTED_BY_PSE)


def test_pse_40_yes_resolves_the_ticket() -> None:
    at(Place.PSE_40).when(asked(AcceptAnswer, answer=1)).then(ACCEPTED_FROM_PSE, RESOLVED)


def test_pse_40_no_opens_a_technical_case_and_sends_the_ticket_up_to_rde() -> None:
    at(Place.PSE_40).when(asked(RejectAnswer, answer=1)).then(REJECTED_FROM_PSE, CASE, UP_TO_RDE)


def test_pse_40_no_does_not_open_a_second_case() -> None:
    with_case = at(Place.PSE_30).given(CASE, SUBMITTED_BY_PSE)
    with_case.when(asked(RejectAnswer, answer=1)).then(REJECTED_FROM_PSE, UP_TO_RDE)


def test_rde_10_records_the_analysis() -> None:
    at(Place.RDE_10).when(asked(RecordAnalysis, analysis="A race.")).then(ANALYSED_BY_RDE)


def test_a_refused_ticket_goes_to_the_team_that_is_named() -> None:
    rejected = at(Place.CSE_50).when(asked(RejectAnswer, answer=1, reason="It still drops.", team="network"))
    rejected.then(REJECTED, UP_TO_PSE.model_copy(update={"team": "network"}))


def test_a_team_leader_may_let_rde_answer_the_customer_and_the_exception_is_recorded() -> None:
    at(Place.RDE_20).when(EXCEPTION).then(BY_EXCEPTION)
    at(Place.RDE_10).when(EXCEPTION).then(BY_EXCEPTION)


def test_rde_does_not_talk_to_the_customer() -> None:
    at(Place.RDE_20).when(asked(SubmitAnswer, answer=1, text="x")).then_refused(Refusal.RDE_DOES_NOT_TALK_TO_CUSTOMERS)
    at(Place.RDE_20).when(PROPOSE).then_refused(Refusal.RDE_DOES_NOT_TALK_TO_CUSTOMERS)


def test_the_exception_is_for_team_leaders() -> None:
    by_agent = asked(SubmitAnswer, answer=1, exception=AnswerException.ANSWERED_BY_RDE, text="x")
    at(Place.RDE_20).when(by_agent).then_refused(Refusal.LEAD_REQUIRED)


def test_an_answer_by_exception_carries_its_text() -> None:
    silent = asked(SubmitAnswer, answer=1, exception=AnswerException.ANSWERED_BY_RDE, by_lead=True)
    at(Place.RDE_20).when(silent).then_refused(Refusal.EXCEPTION_NEEDS_TEXT)


def test_the_exception_is_for_rde() -> None:
    at(Place.CSE_40).when(
        asked(SubmitAnswer, answer=1, exception=AnswerException.ANSWERED_BY_RDE, by_lead=True)
    ).then_refused(Refusal.EXCEPTION_ONLY_AT_RDE)


def test_a_proposed_answer_goes_out_as_it_was_proposed() -> None:
    at(Place.CSE_40).when(asked(SubmitAnswer, answer=1, text="Other.")).then_refused(Refusal.TEXT_NOT_EXPECTED)


def test_an_accepted_answer_by_exception_resolves_the_ticket() -> None:
    at(Place.RDE_ANSWERED).when(asked(AcceptAnswer, answer=1)).then(
        happened(AnswerAccepted, answer=1, tier=Tier.RDE), RESOLVED
    )


def test_a_refused_answer_by_exception_goes_back_to_rde_10() -> None:
    at(Place.RDE_ANSWERED).when(asked(RejectAnswer, answer=1)).then(happened(AnswerRejected, answer=1, tier=Tier.RDE))


def test_the_problem_may_be_recorded_again_and_nothing_has_to_be_done_again() -> None:
    again = at(Place.CSE_40).given(PROBLEM)
    assert again.decider.fold(again.decider.initial, again.history).place is Place.CSE_40
    at(Place.CSE_40).when(asked(RecordProblem, problem="It drops at night.")).then(PROBLEM)


def test_a_second_proposal_replaces_the_first() -> None:
    second = proposed(2, Tier.CSE, Step.CSE_30)
    at(Place.CSE_40).when(PROPOSE).then(second)
    replaced = at(Place.CSE_40).given(second)
    replaced.when(asked(SubmitAnswer, answer=1)).then_refused(Refusal.ANSWER_LAPSED)
    replaced.when(asked(SubmitAnswer, answer=2)).then(SUBMITTED.model_copy(update={"answer": 2}))


def test_a_proposal_is_left_behind_when_the_ticket_moves() -> None:
    moved = at(Place.CSE_40).given(UP_TO_PSE)
    moved.when(asked(AcceptAnswer, answer=1)).then_refused(Refusal.ANSWER_LAPSED)


def test_a_verdict_that_never_came_is_left_behind_when_the_ticket_is_reopened() -> None:
    reopened = happened(TicketReopened, cause=ReopeningCause.RECURRED, tier=Tier.CSE, team="cse")
    history = at(Place.CSE_50).given(RESOLVED, reopened)
    history.when(asked(AcceptAnswer, answer=1)).then_refused(Refusal.ANSWER_LAPSED)


def test_submitting_ends_the_wait() -> None:
    at(Place.CSE_40).given(waits()).when(asked(SubmitAnswer, answer=1)).then(goes_on(), SUBMITTED)


def test_finding_no_answer_ends_the_wait() -> None:
    at(Place.CSE_30).given(waits()).when(asked(ReportNoAnswer)).then(goes_on(), NO_ANSWER, UP_TO_PSE)


def test_work_recorded_during_a_wait_does_not_end_it() -> None:
    at(Place.CSE_10).given(waits()).when(asked(RecordProblem, problem="It drops at night.")).then(PROBLEM)


@pytest.mark.parametrize(
    ("place", "command", "reason"),
    [
        (Place.CSE_10, asked(RecordSearch, query="x"), Refusal.PROBLEM_NOT_RECORDED),
        (Place.CSE_10, PROPOSE, Refusal.PROBLEM_NOT_RECORDED),
        (Place.CSE_10, asked(ReportNoAnswer), Refusal.PROBLEM_NOT_RECORDED),
        (Place.CSE_20, PROPOSE, Refusal.NOT_SEARCHED),
        (Place.CSE_20, asked(ReportNoAnswer), Refusal.NOT_SEARCHED),
        (Place.PSE_10, PROPOSE, Refusal.NOT_ANALYSED),
        (Place.PSE_10, asked(ReportNoAnswer), Refusal.NOT_ANALYSED),
        (Place.CSE_40, asked(ReportNoAnswer), Refusal.ANSWER_PROPOSED),
        (Place.PSE_30, asked(ReportNoAnswer), Refusal.ANSWER_PROPOSED),
        (Place.RDE_20, asked(ReportNoAnswer), Refusal.HIGHEST_TIER),
        (Place.CSE_10, asked(RecordAnalysis, analysis="x"), Refusal.WRONG_TIER),
        (Place.PSE_10, asked(RecordProblem, problem="x"), Refusal.WRONG_TIER),
        (Place.PSE_10, asked(RecordSearch, query="x"), Refusal.WRONG_TIER),
        (Place.CSE_30, asked(SubmitAnswer, answer=1), Refusal.NOTHING_PROPOSED),
        (Place.PSE_20, asked(SubmitAnswer, answer=1), Refusal.NOTHING_PROPOSED),
        (Place.CSE_40, asked(SubmitAnswer, answer=2), Refusal.UNKNOWN_ANSWER),
        (Place.CSE_40, asked(AcceptAnswer, answer=1), Refusal.ANSWER_NOT_SUBMITTED),
        (Place.CSE_10, asked(RejectAnswer, answer=1), Refusal.ANSWER_NOT_SUBMITTED),
        (Place.CSE_50, asked(AcceptAnswer, answer=2), Refusal.UNKNOWN_ANSWER),
        (Place.CSE_50, asked(RejectAnswer, answer=2), Refusal.UNKNOWN_ANSWER),
        (Place.CSE_50, PROPOSE, Refusal.VERDICT_OPEN),
        (Place.RESOLVED, PROPOSE, Refusal.ALREADY_RESOLVED),
        (Place.RESOLVED, asked(RejectAnswer, answer=1), Refusal.ANSWER_ACCEPTED),
        (Place.CLOSED, PROPOSE, Refusal.ALREADY_CLOSED),
        (Place.UNROUTED, PROPOSE, Refusal.NOT_ROUTED),
        (Place.UNROUTED, asked(AcceptAnswer, answer=1), Refusal.NOT_ROUTED),
    ],
)
def test_a_step_out_of_its_place_is_refused(place: Place, command: Command, reason: Refusal) -> None:
    at(place).when(command).then_refused(reason)


def test_nobody_works_on_a_ticket_that_nobody_holds() -> None:
    queued.when(asked(RecordProblem, problem="x")).then_refused(Refusal.NOBODY_HOLDS_IT)


def test_work_on_a_ticket_of_a_colleague_is_recorded_as_theirs_who_did_it() -> None:
    at(Place.CSE_10).when(asked(RecordProblem, problem="It drops at night.", by="lead-1")).then(
        PROBLEM.model_copy(update={"by": "lead-1"})
    )


@pytest.mark.parametrize("place", [Place.CSE_50, Place.PSE_40, Place.RDE_ANSWERED, Place.RESOLVED, Place.CLOSED])
def test_to_submit_an_answer_twice_changes_nothing(place: Place) -> None:
    at(place).when(asked(SubmitAnswer, answer=1)).then_nothing()


@pytest.mark.parametrize("place", [Place.RESOLVED, Place.CLOSED])
def test_the_customer_who_says_yes_twice_said_it_once(place: Place) -> None:
    at(place).when(asked(AcceptAnswer, answer=1)).then_nothing()


def test_the_customer_who_says_no_twice_said_it_once() -> None:
    at(Place.CSE_50).given(REJECTED, UP_TO_PSE).when(asked(RejectAnswer, answer=1)).then_nothing()


def test_a_refused_answer_is_not_accepted_later() -> None:
    refused = at(Place.CSE_50).given(REJECTED, UP_TO_PSE)
    refused.when(asked(AcceptAnswer, answer=1)).then_refused(Refusal.ANSWER_REJECTED)


def test_answers_are_numbered_through_the_tiers() -> None:
    history = (REJECTED, UP_TO_PSE, *at(Place.PSE_20).history[2:])
    at(Place.CSE_50).given(*history).when(PROPOSE).then(proposed(2, Tier.PSE, Step.PSE_20))


def test_every_visit_to_a_tier_begins_at_its_first_box() -> None:
    returned = at(Place.CSE_40).given(UP_TO_PSE, down(Tier.PSE, Tier.CSE))
    assert returned.decider.fold(returned.decider.initial, returned.history).place is Place.CSE_10
