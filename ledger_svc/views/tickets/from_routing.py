"""How routing's events change the ticket: where it is in the flow, who has it, and how often it moved.

It mirrors routing's own state, and is forgiving where routing is strict: whatever comes is kept, nothing is refused.
"""

from collections.abc import Mapping
from typing import Final

from ledger_svc.views.tickets import answers
from ledger_svc.views.tickets.document import happening
from ledger_svc.views.tickets.row import Change, TicketRow, TicketStatus
from shared_events.contracts.base import Fact, Tier
from shared_events.contracts.routing import (
    AnswerAccepted,
    AnswerProposed,
    AnswerRejected,
    AnswerSubmitted,
    ClosingCause,
    CustomerInformed,
    KnowledgeSearched,
    NoAnswerFound,
    ProblemAnalysed,
    ProblemRecorded,
    TechnicalCaseAnswered,
    TechnicalCaseOpened,
    TicketAssigned,
    TicketClosed,
    TicketEscalated,
    TicketHandedBack,
    TicketPaused,
    TicketReleased,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketRouted,
    TicketTransferred,
)

COUNTERS: Final[Mapping[tuple[Tier, Tier], str]] = {
    (Tier.CSE, Tier.PSE): "escalated_cse_pse",
    (Tier.PSE, Tier.RDE): "escalated_pse_rde",
    (Tier.CSE, Tier.RDE): "escalated_cse_rde",
    (Tier.PSE, Tier.CSE): "handed_back_pse_cse",
    (Tier.RDE, Tier.PSE): "handed_back_rde_pse",
    (Tier.RDE, Tier.CSE): "handed_back_rde_cse",
}
"""Which column counts a move from one tier to another."""


def _routed(ticket: TicketRow, event: TicketRouted) -> None:
    ticket.place(event.tier, event.team, None)
    ticket.move_to(TicketStatus.QUEUED, event.at)


def _assigned(ticket: TicketRow, event: TicketAssigned) -> None:
    ticket.place(event.tier, event.team, event.agent_id)
    if ticket.routing_status in {None, TicketStatus.QUEUED}:
        ticket.move_to(TicketStatus.IN_WORK, event.at)


def _released(ticket: TicketRow, event: TicketReleased) -> None:
    ticket.agent_id = None
    if ticket.routing_status == TicketStatus.IN_WORK:
        ticket.move_to(TicketStatus.QUEUED, event.at)


def _problem_recorded(ticket: TicketRow, event: ProblemRecorded) -> None:
    ticket.document["problem"] = {"tier": Tier.CSE, "text": event.problem, "recorded": happening(event)}


def _searched(ticket: TicketRow, event: KnowledgeSearched) -> None:
    ticket.document["searches"].append({"query": event.query, "found": list(event.found), "searched": happening(event)})


def _analysed(ticket: TicketRow, event: ProblemAnalysed) -> None:
    ticket.document["analyses"].append({"tier": event.tier, "text": event.analysis, "recorded": happening(event)})


def _no_answer_found(ticket: TicketRow, event: NoAnswerFound) -> None:
    """The escalation that follows says where the ticket goes; the timeline says why."""


def _escalated(ticket: TicketRow, event: TicketEscalated) -> None:
    _count_move(ticket, event)
    ticket.place(event.tier, event.team, None)
    ticket.move_to(TicketStatus.QUEUED, event.at)


def _handed_back(ticket: TicketRow, event: TicketHandedBack) -> None:
    _count_move(ticket, event)
    ticket.place(event.tier, event.team, None)
    ticket.move_to(TicketStatus.QUEUED, event.at)


def _count_move(ticket: TicketRow, event: TicketEscalated | TicketHandedBack) -> None:
    counter = COUNTERS.get((event.from_tier, event.tier))
    if counter is not None:
        setattr(ticket, counter, getattr(ticket, counter) + 1)


def _transferred(ticket: TicketRow, event: TicketTransferred) -> None:
    """An answer that waits for its verdict waits on in the other team."""
    ticket.transfers += 1
    ticket.place(event.tier, event.team, None)
    if ticket.routing_status != TicketStatus.ANSWERED:
        ticket.move_to(TicketStatus.QUEUED, event.at)


def _case_opened(ticket: TicketRow, event: TechnicalCaseOpened) -> None:
    case = answers.technical_case(ticket, event.case)
    case["description"] = event.description
    case["opened"] = happening(event)


def _case_answered(ticket: TicketRow, event: TechnicalCaseAnswered) -> None:
    case = answers.technical_case(ticket, event.case)
    case["answer"] = event.answer
    case["answered"] = happening(event)
    answer = answers.answer(ticket, event.answer, Tier.RDE)
    answer["text"] = event.text
    answer["proposed"] = happening(event)
    ticket.place(Tier.PSE, event.team, event.agent_id)
    ticket.move_to(TicketStatus.QUEUED if event.agent_id is None else TicketStatus.IN_WORK, event.at)


def _proposed(ticket: TicketRow, event: AnswerProposed) -> None:
    answer = answers.answer(ticket, event.answer, event.tier)
    answer["text"] = event.text
    answer["proposed"] = happening(event)


def _submitted(ticket: TicketRow, event: AnswerSubmitted) -> None:
    answer = answers.answer(ticket, event.answer, event.tier)
    answer["text"] = event.text or answer["text"]
    answer["exception"] = event.exception
    answer["submitted"] = happening(event)
    ticket.document["resolution"] = None
    ticket.document["closing"] = None
    ticket.move_to(TicketStatus.ANSWERED, event.at)


def _accepted(ticket: TicketRow, event: AnswerAccepted) -> None:
    answers.answer(ticket, event.answer, event.tier)["accepted"] = happening(event)


def _rejected(ticket: TicketRow, event: AnswerRejected) -> None:
    answer = answers.answer(ticket, event.answer, event.tier)
    answer["rejected"] = happening(event)
    answer["rejection_reason"] = event.reason
    ticket.rejections += 1
    ticket.move_to(TicketStatus.QUEUED if ticket.agent_id is None else TicketStatus.IN_WORK, event.at)


def _informed(ticket: TicketRow, event: CustomerInformed) -> None:
    ticket.document["notices"].append({"text": event.message, "sent": happening(event)})


def _paused(ticket: TicketRow, event: TicketPaused) -> None:
    ticket.waits += 1
    ticket.document["pauses"].append({"reason": event.reason, "note": event.note, "paused": happening(event)})
    ticket.paused = True


def _resumed(ticket: TicketRow, event: TicketResumed) -> None:
    document = ticket.document
    document["pauses"] = [pause for pause in document["pauses"] if pause["reason"] != event.reason]
    ticket.paused = bool(document["pauses"])


def _resolved(ticket: TicketRow, event: TicketResolved) -> None:
    ticket.document["resolution"] = {"cause": event.resolution, "note": event.note, "ended": happening(event)}
    ticket.move_to(TicketStatus.RESOLVED, event.at)


def _reopened(ticket: TicketRow, event: TicketReopened) -> None:
    ticket.reopenings += 1
    ticket.document["reopenings"].append(
        {"cause": event.cause, "note": event.note, "callback_id": event.callback_id, "reopened": happening(event)}
    )
    ticket.document["resolution"] = None
    ticket.document["closing"] = None
    ticket.place(event.tier, event.team, None)
    ticket.move_to(TicketStatus.QUEUED, event.at)


def _closed(ticket: TicketRow, event: TicketClosed) -> None:
    ticket.document["closing"] = {"cause": event.cause, "note": None, "ended": happening(event)}
    ticket.move_to(TicketStatus.WITHDRAWN if event.cause is ClosingCause.WITHDRAWN else TicketStatus.CLOSED, event.at)


FROM_ROUTING: Final[Mapping[type[Fact], Change]] = {
    TicketRouted: _routed,
    TicketAssigned: _assigned,
    TicketReleased: _released,
    ProblemRecorded: _problem_recorded,
    KnowledgeSearched: _searched,
    ProblemAnalysed: _analysed,
    AnswerProposed: _proposed,
    AnswerSubmitted: _submitted,
    AnswerAccepted: _accepted,
    AnswerRejected: _rejected,
    NoAnswerFound: _no_answer_found,
    TicketEscalated: _escalated,
    TicketHandedBack: _handed_back,
    TicketTransferred: _transferred,
    TechnicalCaseOpened: _case_opened,
    TechnicalCaseAnswered: _case_answered,
    CustomerInformed: _informed,
    TicketPaused: _paused,
    TicketResumed: _resumed,
    TicketResolved: _resolved,
    TicketReopened: _reopened,
    TicketClosed: _closed,
}
