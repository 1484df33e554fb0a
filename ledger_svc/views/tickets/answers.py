"""The numbered things of a ticket, its answers and technical cases: found by number, or begun."""

from ledger_svc.views.tickets.document import Answer, TechnicalCase
from ledger_svc.views.tickets.row import TicketRow
from shared_events.contracts.base import Tier


def answer(ticket: TicketRow, number: int, tier: Tier) -> Answer:
    """The answer of this number; an imported one may be submitted without having been proposed."""
    answers = ticket.document["answers"]
    for known in answers:
        if known["answer"] == number:
            return known
    begun = Answer(
        answer=number,
        tier=tier,
        text=None,
        exception=None,
        proposed=None,
        submitted=None,
        accepted=None,
        rejected=None,
        rejection_reason=None,
    )
    answers.append(begun)
    return begun


def technical_case(ticket: TicketRow, number: int) -> TechnicalCase:
    """The technical case of this number."""
    cases = ticket.document["technical_cases"]
    for known in cases:
        if known["case"] == number:
            return known
    begun = TechnicalCase(case=number, description=None, opened=None, answered=None, answer=None)
    cases.append(begun)
    return begun
