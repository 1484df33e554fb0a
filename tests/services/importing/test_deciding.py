"""What an incident log comes to, case by case: the lines of the mapping in `docs/import.md`."""

from pathlib import Path

from routing_svc.domain.ticket import DECIDER
from services.importing.deciding import Walk, decide_intake, decide_routing
from shared_events.contracts.base import Tier
from shared_events.contracts.intake import Category, ConsultationClassified, ConsultationReceived, Urgency
from shared_events.contracts.routing import (
    AnswerException,
    AnswerSubmitted,
    ClosingCause,
    PauseReason,
    TicketAssigned,
    TicketClosed,
    TicketEscalated,
    TicketHandedBack,
    TicketPaused,
    TicketReopened,
    TicketRouted,
    TicketTransferred,
)
from tests.services.importing.logs import BEGIN, Step, case_of

QUEUED = ("Queued/Awaiting Assignment", "L1", "A")
WORK = ("Accepted/In Progress", "L1", "A")
WAIT_USER = ("Accepted/Wait - User", "L1", "A")
RESOLVED = ("Completed/Resolved", "L1", "A")
CLOSED = ("Completed/Closed", "L1", "A")
IN_CALL = ("Completed/In Call", "L1", "A")
CANCELLED = ("Completed/Cancelled", "L1", "A")

ENDED = ["AnswerSubmitted", "AnswerAccepted", "TicketResolved", "TicketClosed"]


def walk(folder: Path, *steps: Step) -> Walk:
    return decide_routing(case_of(folder, *steps))


def names(folder: Path, *steps: Step) -> list[str]:
    """The types of the events, where no row was refused."""
    walked = walk(folder, *steps)
    assert walked.refused == []
    return [type(event).__name__ for event in walked.events]


def test_the_first_row_is_a_consultation_of_the_technical_kind(tmp_path: Path) -> None:
    """Received, and classified by its impact, at the moment of the row and by its agent."""
    received, classified = decide_intake(case_of(tmp_path, WORK, CLOSED), serial=7)
    assert isinstance(received, ConsultationReceived)
    assert isinstance(classified, ConsultationClassified)
    assert (received.at, received.contacted_at, received.by) == (BEGIN, BEGIN, "agent-1")
    assert (received.number, received.product, received.reference) == ("0000-0007-6", "PROD1", "C1")
    assert (classified.category, classified.urgency) == (Category.TECHNICAL_SUPPORT, Urgency.NORMAL)
    assert received.content is None


def test_the_same_part_of_the_organisation_is_the_same_customer(tmp_path: Path) -> None:
    """The log names no person."""
    customers = {event.customer_id for event in decide_intake(case_of(tmp_path, WORK), 1)}
    customers |= {event.customer_id for event in decide_intake(case_of(tmp_path, QUEUED), 2)}
    customers |= {event.customer_id for event in walk(tmp_path, WORK).events}
    assert len(customers) == 1


def test_the_ticket_enters_at_the_tier_and_team_of_the_first_row(tmp_path: Path) -> None:
    """An incident may begin at any tier."""
    for level, tier in (("L1", Tier.CSE), ("L2", Tier.PSE), ("L3", Tier.RDE), ("L2/L3", Tier.RDE)):
        routed, assigned = walk(tmp_path, ("Accepted/Assigned", level, "V5")).events
        assert isinstance(routed, TicketRouted)
        assert isinstance(assigned, TicketAssigned)
        assert (routed.tier, routed.team, assigned.agent_id) == (tier, "V5", "agent-1")


def test_a_status_that_only_repeats_is_no_event(tmp_path: Path) -> None:
    """Accepted twice by the same agent, queued twice, waiting twice for the same."""
    assert names(tmp_path, WORK, WORK, ("Accepted/Assigned", "L1", "A")) == ["TicketRouted", "TicketAssigned"]
    assert names(tmp_path, QUEUED, ("Unmatched/Unmatched", "L1", "A"), QUEUED) == ["TicketRouted"]
    assert names(tmp_path, QUEUED, WAIT_USER, WAIT_USER) == ["TicketRouted", "TicketPaused"]


def test_back_in_the_queue_is_a_release(tmp_path: Path) -> None:
    """Nobody holds a queued ticket."""
    assert names(tmp_path, WORK, QUEUED) == ["TicketRouted", "TicketAssigned", "TicketReleased"]


def test_another_level_is_an_escalation_or_a_hand_back(tmp_path: Path) -> None:
    """One tier or two, without a technical case that the log does not show."""
    up = walk(tmp_path, WORK, ("Queued/Awaiting Assignment", "L3", "R")).events[-1]
    assert isinstance(up, TicketEscalated)
    assert (up.from_tier, up.from_team, up.tier, up.team) == (Tier.CSE, "A", Tier.RDE, "R")
    down = walk(tmp_path, ("Accepted/In Progress", "L2", "P"), ("Accepted/In Progress", "L1", "A")).events[-2]
    assert isinstance(down, TicketHandedBack)
    assert (down.from_tier, down.tier, down.team) == (Tier.PSE, Tier.CSE, "A")


def test_another_team_on_the_same_level_is_a_transfer(tmp_path: Path) -> None:
    """Also from L3 to the team that covers L2 and L3."""
    moved = walk(tmp_path, ("Queued/Awaiting Assignment", "L3", "R"), ("Queued/Awaiting Assignment", "L2/L3", "V13"))
    transferred = moved.events[-1]
    assert isinstance(transferred, TicketTransferred)
    assert (transferred.from_team, transferred.team, transferred.told_customer) == ("R", "V13", None)


def test_a_wait_has_a_reason_and_another_reason_is_another_wait(tmp_path: Path) -> None:
    """Every period of waiting is told from the next."""
    reasons = ["Wait", "Wait - User", "Wait - Customer", "Wait - Vendor", "Wait - Implementation"]
    events = walk(tmp_path, WORK, *((f"Accepted/{reason}", "L1", "A") for reason in reasons), WORK).events
    assert [event.reason for event in events if isinstance(event, TicketPaused)] == [
        PauseReason.OTHER,
        PauseReason.USER,
        PauseReason.CUSTOMER,
        PauseReason.VENDOR,
        PauseReason.IMPLEMENTATION,
    ]
    assert [type(event).__name__ for event in events].count("TicketResumed") == len(reasons)


def test_a_wait_goes_on_in_another_team(tmp_path: Path) -> None:
    """Where the later row waits for the same, it is one wait."""
    elsewhere = ("Accepted/Wait - User", "L1", "B")
    assert names(tmp_path, WORK, WAIT_USER, elsewhere)[2:] == ["TicketPaused", "TicketTransferred"]


def test_resolved_and_closed_is_an_accepted_answer(tmp_path: Path) -> None:
    """The verdict is open between the two; repeating either changes nothing."""
    assert names(tmp_path, WORK, RESOLVED, RESOLVED)[2:] == ["AnswerSubmitted"]
    assert names(tmp_path, WORK, RESOLVED, CLOSED, CLOSED)[2:] == ENDED


def test_in_call_is_answered_and_accepted_at_once(tmp_path: Path) -> None:
    """Repeated, it is no second answer."""
    assert names(tmp_path, WORK, IN_CALL, IN_CALL, CLOSED)[2:] == ENDED


def test_a_move_comes_before_the_completion_that_shows_it(tmp_path: Path) -> None:
    """The team that completes the case has it then."""
    assert names(tmp_path, WORK, ("Completed/In Call", "L2", "P"))[2:] == ["TicketEscalated", *ENDED]


def test_two_completions_in_a_row_are_no_move(tmp_path: Path) -> None:
    """A ticket that somebody else closes stays where it was answered."""
    assert names(tmp_path, WORK, RESOLVED, ("Completed/Closed", "L2", "P"))[2:] == ENDED


def test_work_after_resolved_is_a_refused_verdict(tmp_path: Path) -> None:
    """Without an escalation that the log does not show; the same agent goes on with the ticket."""
    assert names(tmp_path, WORK, RESOLVED, WORK)[3:] == ["AnswerRejected"]
    assert names(tmp_path, WORK, RESOLVED, ("Queued/Awaiting Assignment", "L2", "P"))[3:] == [
        "AnswerRejected",
        "TicketEscalated",
    ]


def test_work_after_the_end_is_a_reopening_where_it_was_completed_last(tmp_path: Path) -> None:
    """Also where another team had closed it once more; the move to the row's team follows."""
    events = walk(tmp_path, WORK, IN_CALL, ("Completed/Closed", "L1", "B"), ("Accepted/In Progress", "L2", "P")).events
    reopened, escalated, assigned = events[-3:]
    assert isinstance(reopened, TicketReopened)
    assert isinstance(escalated, TicketEscalated)
    assert isinstance(assigned, TicketAssigned)
    assert (reopened.tier, reopened.team) == (Tier.CSE, "B")
    assert (escalated.from_team, escalated.team) == ("B", "P")


def test_resolved_after_the_end_is_another_answer(tmp_path: Path) -> None:
    """It is no reopening: nobody worked on it in between."""
    assert names(tmp_path, WORK, RESOLVED, CLOSED, RESOLVED)[6:] == ["AnswerSubmitted"]


def test_an_answer_by_the_third_level_is_recorded_as_the_exception_that_it_is(tmp_path: Path) -> None:
    """Live, RDE does not talk to customers."""
    submitted = walk(tmp_path, ("Completed/Resolved", "L3", "R")).events[-1]
    assert isinstance(submitted, AnswerSubmitted)
    assert submitted.exception is AnswerException.ANSWERED_BY_RDE


def test_cancelled_is_withdrawn_in_both_services(tmp_path: Path) -> None:
    """No reaction acts on an imported withdrawal, so the import records both sides."""
    case = case_of(tmp_path, WORK, CANCELLED)
    closed = decide_routing(case).events[-1]
    assert isinstance(closed, TicketClosed)
    assert closed.cause is ClosingCause.WITHDRAWN
    assert [type(event).__name__ for event in decide_intake(case, 1)][2:] == ["ConsultationWithdrawn"]


def test_a_refused_row_is_listed_and_the_case_goes_on_as_if_it_were_not_there(tmp_path: Path) -> None:
    """Closed without an answer: the rule says no to the row, even to the move that it shows."""
    strange = ("Completed/Closed", "L2", "P")
    walked = walk(tmp_path, WORK, strange, WORK, RESOLVED)
    assert [type(event).__name__ for event in walked.events] == ["TicketRouted", "TicketAssigned", "AnswerSubmitted"]
    refused = walked.refused[0]
    assert (refused.case_id, refused.line, refused.rule) == ("C1", 3, "ANSWER_NOT_SUBMITTED")
    assert "The ticket is at PSE-10" in refused.reason


def test_every_event_folds_to_the_state_that_was_decided_on(tmp_path: Path) -> None:
    """Nothing but the events is needed to know where the ticket is."""
    ticket = DECIDER.fold(DECIDER.initial, walk(tmp_path, WORK, WAIT_USER, WORK, RESOLVED, CLOSED, WORK).events)
    assert (ticket.place.value, ticket.agent_id, ticket.paused) == ("CSE-10", "agent-1", None)
