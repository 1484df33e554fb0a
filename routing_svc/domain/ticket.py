"""The ticket's decider: every command and what decides it."""

from collections.abc import Sequence
from typing import Final, assert_never

from routing_svc.domain import answers, life, moves, technical_case
from routing_svc.domain.commands import (
    AcceptAnswer,
    AnswerTechnicalCase,
    AssignTicket,
    CloseTicket,
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
    RejectAnswer,
    ReleaseTicket,
    ReopenTicket,
    ReportNoAnswer,
    ResolveTicket,
    ResumeTicket,
    RouteTicket,
    SubmitAnswer,
    TransferTicket,
    WithdrawTicket,
)
from routing_svc.domain.state import Ticket, evolve
from shared_events.contracts.routing import RoutingEvent
from shared_events.decider import Decider


def decide(command: Command, ticket: Ticket) -> Sequence[RoutingEvent]:  # noqa: C901, PLR0912  # one case for each
    """The events that the command leads to; none where it repeats what is so already."""
    match command:
        case RouteTicket():
            return moves.route(command, ticket)
        case AssignTicket():
            return moves.assign(command, ticket)
        case ReleaseTicket():
            return moves.release(command, ticket)
        case RecordProblem():
            return answers.record_problem(command, ticket)
        case RecordSearch():
            return answers.record_search(command, ticket)
        case RecordAnalysis():
            return answers.record_analysis(command, ticket)
        case ProposeAnswer():
            return answers.propose_answer(command, ticket)
        case SubmitAnswer():
            return answers.submit_answer(command, ticket)
        case AcceptAnswer():
            return answers.accept_answer(command, ticket)
        case RejectAnswer():
            return answers.reject_answer(command, ticket)
        case ReportNoAnswer():
            return answers.report_no_answer(command, ticket)
        case EscalateTicket():
            return moves.escalate(command, ticket)
        case HandBackTicket():
            return moves.hand_back(command, ticket)
        case TransferTicket():
            return moves.transfer(command, ticket)
        case OpenTechnicalCase():
            return technical_case.open_technical_case(command, ticket)
        case AnswerTechnicalCase():
            return technical_case.answer_technical_case(command, ticket)
        case InformCustomer():
            return life.inform_customer(command, ticket)
        case PauseTicket():
            return life.pause(command, ticket)
        case ResumeTicket():
            return life.resume(command, ticket)
        case ResolveTicket():
            return life.resolve(command, ticket)
        case ReopenTicket():
            return life.reopen(command, ticket)
        case CloseTicket():
            return life.close(command, ticket)
        case WithdrawTicket():
            return life.withdraw(command, ticket)
        case _:
            assert_never(command)


DECIDER: Final[Decider[Command, RoutingEvent, Ticket]] = Decider(initial=Ticket(), decide=decide, evolve=evolve)
