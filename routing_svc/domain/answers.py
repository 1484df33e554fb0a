"""Decisions about the work on a ticket, its answers, and what the customer says to them."""

from collections.abc import Mapping, Sequence
from typing import Final

from routing_svc.domain.commands import (
    AcceptAnswer,
    ProposeAnswer,
    RecordAnalysis,
    RecordProblem,
    RecordSearch,
    RejectAnswer,
    ReportNoAnswer,
    SubmitAnswer,
)
from routing_svc.domain.drafts import ending_wait, stamp, standing
from routing_svc.domain.moves import going_up, next_tier_up
from routing_svc.domain.refusals import Refusal
from routing_svc.domain.rules import permit, refused
from routing_svc.domain.state import ANSWERED, AnswerStatus, Ticket
from shared_events.contracts.base import Origin, Step, Tier
from shared_events.contracts.routing import (
    AnswerAccepted,
    AnswerException,
    AnswerProposed,
    AnswerRejected,
    AnswerSubmitted,
    KnowledgeSearched,
    NoAnswerFound,
    ProblemAnalysed,
    ProblemRecorded,
    Resolution,
    RoutingEvent,
    TicketResolved,
)

ANALYSIS_STEPS: Final[Mapping[Tier, Step]] = {Tier.PSE: Step.PSE_10, Tier.RDE: Step.RDE_10}
FINDING_STEPS: Final[Mapping[Tier, Step]] = {Tier.CSE: Step.CSE_30, Tier.PSE: Step.PSE_20}
SUBMISSION_STEPS: Final[Mapping[Tier, Step]] = {Tier.CSE: Step.CSE_40, Tier.PSE: Step.PSE_30, Tier.RDE: Step.RDE_20}
VERDICT_STEPS: Final[Mapping[Tier, Step]] = {Tier.CSE: Step.CSE_50, Tier.PSE: Step.PSE_40}
"""The chart has no box for a verdict on an answer that RDE submitted by exception."""

_JUDGED: Final[Mapping[AnswerStatus, Refusal]] = {
    AnswerStatus.ACCEPTED: Refusal.ANSWER_ACCEPTED,
    AnswerStatus.REJECTED: Refusal.ANSWER_REJECTED,
    AnswerStatus.LAPSED: Refusal.ANSWER_LAPSED,
}


def record_problem(command: RecordProblem, ticket: Ticket) -> Sequence[RoutingEvent]:
    """CSE-10; recorded again it adds to the record, and nothing has to be done again for it."""
    permit(command, ticket)
    return [ProblemRecorded(problem=command.problem, step=Step.CSE_10, **stamp(command, ticket))]


def record_search(command: RecordSearch, ticket: Ticket) -> Sequence[RoutingEvent]:
    """CSE-20; there may be many searches."""
    permit(command, ticket)
    return [KnowledgeSearched(query=command.query, found=command.found, step=Step.CSE_20, **stamp(command, ticket))]


def record_analysis(command: RecordAnalysis, ticket: Ticket) -> Sequence[RoutingEvent]:
    """PSE-10 and RDE-10."""
    permit(command, ticket)
    tier, _ = standing(ticket)
    return [
        ProblemAnalysed(tier=tier, analysis=command.analysis, step=ANALYSIS_STEPS[tier], **stamp(command, ticket)),
    ]


def propose_answer(command: ProposeAnswer, ticket: Ticket) -> Sequence[RoutingEvent]:
    """CSE-30 and PSE-20, yes."""
    permit(command, ticket)
    tier, _ = standing(ticket)
    return [
        AnswerProposed(
            answer=len(ticket.answers) + 1,
            tier=tier,
            text=command.text,
            step=FINDING_STEPS[tier],
            **stamp(command, ticket),
        )
    ]


def submit_answer(command: SubmitAnswer, ticket: Ticket) -> Sequence[RoutingEvent]:
    """CSE-40 and PSE-30; from RDE only by the exception, and in an imported log from anywhere."""
    if _submitted_before(command, ticket):
        return []
    permit(command, ticket)
    tier, _ = standing(ticket)
    if command.origin is Origin.LIVE:
        _check_submission(command, ticket)
    submitted = AnswerSubmitted(
        answer=_submitted_number(command, ticket),
        tier=tier,
        exception=AnswerException.ANSWERED_BY_RDE if tier is Tier.RDE else None,
        text=command.text,
        step=SUBMISSION_STEPS[tier],
        **stamp(command, ticket),
    )
    return [*ending_wait(command, ticket), submitted]


def accept_answer(command: AcceptAnswer, ticket: Ticket) -> Sequence[RoutingEvent]:
    """CSE-50 and PSE-40, yes: the ticket is resolved, and the callback follows (CCE-10)."""
    number = command.answer or len(ticket.answers)
    if _status(ticket, number) is AnswerStatus.ACCEPTED:
        return []
    _check_verdict(command, ticket, number)
    tier, _ = standing(ticket)
    return [
        AnswerAccepted(answer=number, tier=tier, step=VERDICT_STEPS.get(tier), **stamp(command, ticket)),
        TicketResolved(resolution=Resolution.ACCEPTED, **stamp(command, ticket)),
    ]


def reject_answer(command: RejectAnswer, ticket: Ticket) -> Sequence[RoutingEvent]:
    """CSE-50 and PSE-40, no: the ticket goes up. From RDE nothing is higher, and a log shows moves by itself."""
    number = command.answer or len(ticket.answers)
    if _status(ticket, number) is AnswerStatus.REJECTED:
        return []
    _check_verdict(command, ticket, number)
    tier, _ = standing(ticket)
    rejected = AnswerRejected(
        answer=number,
        tier=tier,
        reason=command.reason,
        step=VERDICT_STEPS.get(tier),
        **stamp(command, ticket),
    )
    if tier is Tier.RDE or command.origin is Origin.IMPORT:
        return [rejected]
    return [rejected, *going_up(command, ticket, next_tier_up(ticket), team=command.team)]


def report_no_answer(command: ReportNoAnswer, ticket: Ticket) -> Sequence[RoutingEvent]:
    """CSE-30 and PSE-20, no: the ticket goes up."""
    permit(command, ticket)
    tier, _ = standing(ticket)
    return [
        *ending_wait(command, ticket),
        NoAnswerFound(tier=tier, reason=command.reason, step=FINDING_STEPS[tier], **stamp(command, ticket)),
        *going_up(command, ticket, next_tier_up(ticket), team=command.team),
    ]


def _status(ticket: Ticket, number: int) -> AnswerStatus | None:
    return ticket.answers[number - 1] if 0 < number <= len(ticket.answers) else None


def _submitted_before(command: SubmitAnswer, ticket: Ticket) -> bool:
    if command.answer is None and ticket.place not in ANSWERED:
        return False
    status = _status(ticket, command.answer or len(ticket.answers))
    return status in {AnswerStatus.SUBMITTED, AnswerStatus.ACCEPTED, AnswerStatus.REJECTED}


def _check_submission(command: SubmitAnswer, ticket: Ticket) -> None:
    if ticket.tier is Tier.RDE:
        return _check_exception(command, ticket)
    if command.exception is not None:
        raise refused(Refusal.EXCEPTION_ONLY_AT_RDE, ticket)
    if command.text is not None:
        raise refused(Refusal.TEXT_NOT_EXPECTED, ticket)
    return None


def _check_exception(command: SubmitAnswer, ticket: Ticket) -> None:
    if command.exception is None:
        raise refused(Refusal.RDE_DOES_NOT_TALK_TO_CUSTOMERS, ticket)
    if not command.by_lead:
        raise refused(Refusal.LEAD_REQUIRED, ticket)
    if command.text is None:
        raise refused(Refusal.EXCEPTION_NEEDS_TEXT, ticket)


def _submitted_number(command: SubmitAnswer, ticket: Ticket) -> int:
    expected = ticket.open_answer or len(ticket.answers) + 1
    if command.answer is None or command.answer == expected:
        return expected
    lapsed = _status(ticket, command.answer) is AnswerStatus.LAPSED
    raise refused(Refusal.ANSWER_LAPSED if lapsed else Refusal.UNKNOWN_ANSWER, ticket)


def _check_verdict(command: AcceptAnswer | RejectAnswer, ticket: Ticket, number: int) -> None:
    status = _status(ticket, number)
    if status is not None and status in _JUDGED:
        raise refused(_JUDGED[status], ticket)
    permit(command, ticket)
    if number != ticket.open_answer:
        raise refused(Refusal.UNKNOWN_ANSWER, ticket)
