"""What the log of another system shows and the chart does not: accepted as it was, and nothing is added to it."""

import pytest

from routing_svc.domain.commands import (
    AcceptAnswer,
    AssignTicket,
    CloseTicket,
    Command,
    EscalateTicket,
    HandBackTicket,
    PauseTicket,
    RejectAnswer,
    ReleaseTicket,
    ReopenTicket,
    ResumeTicket,
    RouteTicket,
    SubmitAnswer,
    TransferTicket,
    WithdrawTicket,
)
from routing_svc.domain.refusals import Refusal
from routing_svc.domain.state import Place, Status, Ticket
from routing_svc.domain.ticket import DECIDER
from shared_events.contracts.base import Step, Tier
from shared_events.contracts.routing import (
    AnswerRejected,
    AnswerSubmitted,
    PauseReason,
    ReopeningCause,
    RoutingEvent,
    TicketAssigned,
    TicketRouted,
    TicketTransferred,
)
from tests.routing_svc.examples import (
    ACCEPTED,
    AGENT,
    CLOSED,
    CUSTOMER,
    OTHER,
    RESOLVED,
    ROUTED,
    SUBMITTED,
    TAKEN,
    at,
    down,
    goes_on,
    happened,
    imported,
    queued,
    ticket,
    up,
    waits,
)

SUBMIT = imported(SubmitAnswer)


def walked(*commands: Command) -> tuple[list[RoutingEvent], Ticket]:
    """What happened, one command after the other."""
    happened_so_far: list[RoutingEvent] = []
    state = DECIDER.initial
    for command in commands:
        events = DECIDER.decide(command, state)
        happened_so_far.extend(events)
        state = DECIDER.fold(state, events)
    return happened_so_far, state


@pytest.mark.parametrize("tier", list(Tier))
def test_a_ticket_begins_at_the_tier_and_team_of_its_first_row(tier: Tier) -> None:
    first = imported(RouteTicket, customer_id=CUSTOMER, tier=tier, team="V30")
    ticket.when(first).then(happened(TicketRouted, tier=tier, team="V30", automatic=False))


def test_another_agent_takes_over_without_a_team_leader() -> None:
    other = happened(TicketAssigned, agent_id=OTHER, tier=Tier.CSE, team="cse", previous_agent_id=AGENT, by="x")
    at(Place.CSE_10).when(imported(AssignTicket, agent_id=OTHER, by="x")).then(other)


def test_an_answer_needs_no_proposal_and_no_holder() -> None:
    queued.when(SUBMIT).then(SUBMITTED)


def test_an_answer_of_rde_is_recorded_as_the_exception_that_it_is() -> None:
    at(Place.RDE_10).when(SUBMIT).then(
        happened(AnswerSubmitted, answer=1, tier=Tier.RDE, exception="answered_by_rde", step=Step.RDE_20)
    )


def test_an_answer_that_is_submitted_again_is_the_same() -> None:
    queued.given(SUBMITTED).when(SUBMIT).then_nothing()


def test_an_answer_may_follow_the_end_of_the_ticket() -> None:
    again = SUBMITTED.model_copy(update={"answer": 2})
    at(Place.CLOSED).when(SUBMIT).then(again)
    answered = at(Place.CLOSED).given(again)
    state = answered.decider.fold(answered.decider.initial, answered.history)
    assert (state.status, state.closing_cause, state.resolution) == (Status.ANSWERED, None, None)


@pytest.mark.parametrize("place", [Place.CSE_50, Place.PSE_40])
def test_a_refused_answer_stays_at_its_tier_until_the_log_shows_a_move(place: Place) -> None:
    decided = at(place).when(imported(RejectAnswer))
    assert [type(event) for event in decided.events] == [AnswerRejected]


def test_work_goes_on_with_the_same_agent_after_a_refused_answer() -> None:
    _, state = walked(
        imported(RouteTicket, customer_id=CUSTOMER),
        imported(AssignTicket, agent_id=AGENT),
        SUBMIT,
        imported(RejectAnswer),
    )
    assert (state.place, state.agent_id) == (Place.CSE_10, AGENT)


def test_answered_in_the_call_is_submitted_accepted_and_closed() -> None:
    events, state = walked(
        imported(RouteTicket, customer_id=CUSTOMER),
        imported(AssignTicket, agent_id=AGENT),
        SUBMIT,
        imported(AcceptAnswer),
        imported(CloseTicket),
    )
    assert events == [ROUTED, TAKEN, SUBMITTED, ACCEPTED, RESOLVED, CLOSED]
    assert state.place is Place.CLOSED


def test_an_escalation_to_rde_opens_no_technical_case_and_needs_no_reason() -> None:
    queued.when(imported(EscalateTicket, tier=Tier.RDE)).then(up(Tier.CSE, Tier.RDE))


def test_a_reopening_at_rde_opens_no_technical_case() -> None:
    reopen = imported(ReopenTicket, cause=ReopeningCause.OTHER, tier=Tier.RDE)
    assert len(at(Place.CLOSED).when(reopen).events) == 1


def test_a_hand_back_past_pse_needs_no_reason() -> None:
    at(Place.RDE_10).when(imported(HandBackTicket, tier=Tier.CSE)).then(down(Tier.RDE, Tier.CSE))


def test_a_transfer_does_not_know_what_the_customer_was_told() -> None:
    queued.when(imported(TransferTicket, team="V30")).then(
        happened(TicketTransferred, tier=Tier.CSE, from_team="cse", team="V30")
    )


def test_a_move_does_not_end_a_wait_that_the_log_shows_to_go_on() -> None:
    waiting = queued.given(waits())
    waiting.when(imported(EscalateTicket)).then(up(Tier.CSE, Tier.PSE))
    waiting.given(up(Tier.CSE, Tier.PSE)).when(imported(PauseTicket, reason=PauseReason.CUSTOMER)).then_nothing()


def test_a_wait_ends_when_the_log_shows_it_or_the_answer_is_submitted() -> None:
    queued.given(waits()).when(imported(ResumeTicket)).then(goes_on())
    queued.given(waits()).when(SUBMIT).then(goes_on(), SUBMITTED)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Place.CSE_50, Refusal.VERDICT_OPEN),
        (Place.RESOLVED, Refusal.ALREADY_RESOLVED),
        (Place.CLOSED, Refusal.ALREADY_CLOSED),
    ],
)
def test_a_ticket_moves_after_its_answer_only_when_it_was_refused_or_reopened(place: Place, reason: Refusal) -> None:
    at(place).when(imported(EscalateTicket)).then_refused(reason)


@pytest.mark.parametrize(
    "row",
    [
        imported(RouteTicket, customer_id=CUSTOMER),
        imported(AssignTicket, agent_id=AGENT),
        imported(PauseTicket, reason=PauseReason.CUSTOMER),
        imported(ResumeTicket),
        imported(ReleaseTicket),
        SUBMIT,
        imported(AcceptAnswer),
        imported(CloseTicket),
        imported(WithdrawTicket, customer_id=CUSTOMER),
    ],
)
def test_the_same_row_twice_changes_nothing(row: Command) -> None:
    before = {
        SubmitAnswer: at(Place.CSE_10),
        AcceptAnswer: at(Place.CSE_50),
        CloseTicket: at(Place.RESOLVED),
        RouteTicket: ticket,
        ResumeTicket: queued.given(waits()),
    }.get(type(row), queued if isinstance(row, AssignTicket) else at(Place.CSE_10))
    once = before.when(row).events
    assert once
    before.given(*once).when(row).then_nothing()
