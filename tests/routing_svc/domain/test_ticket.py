"""Whatever is asked, in whatever order: the ticket goes as the chart does."""

from collections.abc import Iterator
from typing import Final

from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st

from routing_svc.domain.commands import (
    AnswerTechnicalCase,
    AssignTicket,
    Command,
    EscalateTicket,
    HandBackTicket,
    InformCustomer,
    OpenTechnicalCase,
    PauseTicket,
    ProposeAnswer,
    RecordAnalysis,
    RecordProblem,
    RecordSearch,
    ReleaseTicket,
    ReopenTicket,
    ReportNoAnswer,
    ResolveTicket,
    SubmitAnswer,
    TransferTicket,
    WithdrawTicket,
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
from tests.effort import examples
from tests.routing_svc.arbitrary import ATTEMPTS, commands
from tests.routing_svc.model import HAPPENS, NOTHING, REFUSED, Board

Walk = list[tuple[Command, int]]
walks: Final[st.SearchStrategy[Walk]] = st.lists(st.tuples(commands, st.integers(0, 255)), min_size=20, max_size=50)
"""A walk is a command per step, and a number that may put something that can happen in its place."""

PHASES: Final = (Phase.explicit, Phase.reuse, Phase.generate)
"""A walk reads as a story as it is, and takes minutes to shrink."""

CHANCE: Final = 80
ROUND_THE_CHART: Final = (
    EscalateTicket,
    HandBackTicket,
    InformCustomer,
    OpenTechnicalCase,
    PauseTicket,
    ReleaseTicket,
    ResolveTicket,
    TransferTicket,
    WithdrawTicket,
)
"""What would lead most walks away from the chart, if it were as likely as the chart's own steps."""


def steps(walk: Walk) -> Iterator[tuple[Command, Ticket, tuple[RoutingEvent, ...] | None, Ticket]]:
    """Each command with the ticket before and after, and what happened; None where it was refused.

    Chance alone would hardly ever get past the first boxes, so most steps are taken from what can happen next.
    """
    ticket = DECIDER.initial
    for by_chance, number in walk:
        command = by_chance
        if number >= CHANCE:
            possible = onward(ticket)
            command = possible[number % len(possible)]
        events = tried(command, ticket)
        after = DECIDER.fold(ticket, events or ())
        yield command, ticket, events, after
        ticket = after


def onward(ticket: Ticket) -> list[Command]:
    """What can happen next, the steps of the chart most of the time."""
    possible = [attempt for attempt in ATTEMPTS if outcome(tried(attempt, ticket)) == HAPPENS]
    taking = [attempt for attempt in possible if isinstance(attempt, AssignTicket) and ticket.agent_id is None]
    on_the_chart = [attempt for attempt in possible if not isinstance(attempt, (*ROUND_THE_CHART, AssignTicket))]
    return (taking or on_the_chart) * 6 + possible


def outcome(events: tuple[RoutingEvent, ...] | None) -> str:
    """In the words of the model."""
    if events is None:
        return REFUSED
    return HAPPENS if events else NOTHING


@given(walks)
@settings(max_examples=examples(60), deadline=None, phases=PHASES)
def test_the_ticket_goes_as_the_model_of_the_chart_does(walk: Walk) -> None:
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
@settings(max_examples=examples(20), deadline=None, phases=PHASES)
def test_to_ask_again_for_what_was_just_done_changes_nothing(walk: Walk) -> None:
    for command, _, events, after in steps(walk):
        if events and not means_more_again(command):
            assert list(DECIDER.decide(command, after)) == []


@given(walks)
@settings(max_examples=examples(20), deadline=None, phases=PHASES)
def test_what_may_never_be_is_never(walk: Walk) -> None:
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
@settings(max_examples=examples(20), deadline=None, phases=PHASES)
def test_what_is_allowed_is_exactly_what_can_happen(walk: Walk) -> None:
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
