"""Whatever is asked, in whatever order: the ticket goes as the chart does."""

from collections.abc import Iterator
from typing import Final

from hypothesis import given, note, settings
from hypothesis import strategies as st

from routing_svc.domain.commands import (
    AnswerTechnicalCase,
    AssignTicket,
    Command,
    EscalateTicket,
    HandBackTicket,
    InformCustomer,
    OpenTechnicalCase,
    ProposeAnswer,
    RecordAnalysis,
    RecordProblem,
    RecordSearch,
    ReopenTicket,
    ReportNoAnswer,
    ResolveTicket,
    RouteTicket,
    SubmitAnswer,
)
from routing_svc.domain.rules import allowed
from routing_svc.domain.state import ANSWERED, OPEN, WORKING, Ticket
from routing_svc.domain.ticket import DECIDER
from shared_events.contracts.base import Tier
from shared_events.contracts.routing import (
    AnswerAccepted,
    AnswerException,
    AnswerSubmitted,
    Resolution,
    RoutingEvent,
    TicketResolved,
)
from shared_events.decider import Refused
from tests.routing_svc.arbitrary import ATTEMPTS, commands
from tests.routing_svc.examples import AGENT, CUSTOMER, asked
from tests.routing_svc.model import HAPPENS, NOTHING, REFUSED, Board

WALK: Final = st.lists(commands, max_size=60)
"""Alone, chance would hardly ever get past the first boxes; so some walks begin on the way."""
WAYS_IN: Final = st.sampled_from(
    [
        [],
        [asked(RouteTicket, customer_id=CUSTOMER), asked(AssignTicket, agent_id=AGENT)],
        [
            asked(RouteTicket, customer_id=CUSTOMER),
            asked(AssignTicket, agent_id=AGENT),
            asked(RecordProblem, problem="x"),
            asked(RecordSearch, query="x"),
            asked(ProposeAnswer, text="x"),
        ],
        [
            asked(RouteTicket, customer_id=CUSTOMER, tier=Tier.PSE, reason="x"),
            asked(AssignTicket, agent_id=AGENT),
            asked(RecordAnalysis, analysis="x"),
            asked(ProposeAnswer, text="x"),
            asked(SubmitAnswer, answer=1),
        ],
        [
            asked(RouteTicket, customer_id=CUSTOMER, tier=Tier.RDE, reason="x"),
            asked(AssignTicket, agent_id=AGENT),
            asked(RecordAnalysis, analysis="x"),
        ],
    ]
)
walks = st.builds(lambda begin, walk: [*begin, *walk], WAYS_IN, WALK)


def steps(walk: list[Command]) -> Iterator[tuple[Command, Ticket, tuple[RoutingEvent, ...] | None, Ticket]]:
    """Each command with the ticket before and after, and what happened; None where it was refused."""
    ticket = DECIDER.initial
    for command in walk:
        try:
            events = tuple(DECIDER.decide(command, ticket))
        except Refused:
            yield command, ticket, None, ticket
            continue
        after = DECIDER.fold(ticket, events)
        yield command, ticket, events, after
        ticket = after


def outcome(events: tuple[RoutingEvent, ...] | None) -> str:
    """In the words of the model."""
    if events is None:
        return REFUSED
    return HAPPENS if events else NOTHING


@given(walks)
@settings(max_examples=300, deadline=None)
def test_the_ticket_goes_as_the_model_of_the_chart_does(walk: list[Command]) -> None:
    board = Board()
    for command, _, events, after in steps(walk):
        note(f"{command} -> {events}")
        assert outcome(events) == board.play(command)
        assert after.place.value == board.box
        assert (after.tier or "") == board.tier
        assert (after.team or "") == board.team
        assert after.agent_id == board.holder
        assert after.paused is board.wait
        assert after.case_open is board.case
        assert [status.value for status in after.answers] == board.answers


@given(walks)
@settings(deadline=None)
def test_to_ask_again_for_what_was_just_done_changes_nothing(walk: list[Command]) -> None:
    for command, _, events, after in steps(walk):
        if events and not means_more_again(command):
            assert list(DECIDER.decide(command, after)) == []


@given(walks)
@settings(deadline=None)
def test_what_may_never_be_is_never(walk: list[Command]) -> None:
    for command, before, events, after in steps(walk):
        happened = events or ()
        for event in happened:
            if isinstance(event, AnswerSubmitted) and event.tier is Tier.RDE:
                assert event.exception is AnswerException.ANSWERED_BY_RDE
                assert isinstance(command, SubmitAnswer)
                assert command.by_lead
            if isinstance(event, TicketResolved):
                accepted = any(isinstance(each, AnswerAccepted) for each in happened)
                assert accepted == (event.resolution is Resolution.ACCEPTED)
                assert accepted or isinstance(command, ResolveTicket)
        if after.tier is Tier.RDE and before.tier is not Tier.RDE:
            assert after.case_open
        if after.place is not before.place and after.place not in WORKING:
            assert after.paused is None
        assert after.paused is None or after.place in WORKING
        assert after.open_answer is None or after.place in OPEN
        assert (after.place in ANSWERED) == (after.answers[-1:] == ("submitted",) and after.place in OPEN)
        assert allowed(after)


@given(walks)
@settings(deadline=None)
def test_what_is_allowed_is_exactly_what_can_happen(walk: list[Command]) -> None:
    for command, before, events, after in steps(walk):
        if events:
            assert command.action in allowed(before)
        possible = {attempt.action for attempt in ATTEMPTS if outcome(tried(attempt, after)) == HAPPENS}
        assert possible == set(allowed(after))


def tried(command: Command, ticket: Ticket) -> tuple[RoutingEvent, ...] | None:
    """What would happen; None where it is refused."""
    try:
        return tuple(DECIDER.decide(command, ticket))
    except Refused:
        return None


def means_more_again(command: Command) -> bool:
    """Whether the same words, said again, ask for something else: another record, or another tier up."""
    match command:
        case EscalateTicket() | HandBackTicket():
            return command.tier is None
        case ReopenTicket():
            return command.callback_id is None
        case (
            RecordProblem()
            | RecordSearch()
            | RecordAnalysis()
            | ProposeAnswer()
            | ReportNoAnswer()
            | OpenTechnicalCase()
            | AnswerTechnicalCase()
            | InformCustomer()
        ):
            return True
        case _:
            return False
