"""A ticket's row after some events, and the events that its tests share."""

from ledger_svc.views.tickets.row import TicketRow
from ledger_svc.views.tickets.view import fold
from shared_events.contracts.base import Fact, Tier
from shared_events.contracts.intake import (
    ConsultationWithdrawn,
)
from shared_events.contracts.routing import (
    AnswerAccepted,
    AnswerProposed,
    AnswerSubmitted,
    Resolution,
    TicketClosed,
    TicketEscalated,
    TicketResolved,
)
from tests.ledger_svc.history import (
    AGENT,
    ASSIGNED,
    CLASSIFIED,
    RECEIVED,
    ROUTED,
    after,
    history,
)

IN_WORK = (RECEIVED, CLASSIFIED, ROUTED, ASSIGNED)
PROPOSED = AnswerProposed(**after(4), answer=1, tier=Tier.CSE, text="zx1:answer")
SUBMITTED = AnswerSubmitted(**after(5), answer=1, tier=Tier.CSE)
ACCEPTED = AnswerAccepted(**after(6), answer=1, tier=Tier.CSE)
RESOLVED = TicketResolved(**after(6), resolution=Resolution.ACCEPTED)
CLOSED = TicketClosed(**after(7), cause="done")
WITHDRAWN = ConsultationWithdrawn(**after(8), reason="zx1:reason")
ESCALATED = TicketEscalated(**after(8), from_tier=Tier.CSE, from_team="cse", tier=Tier.PSE, team="pse")


def given(*events: Fact) -> TicketRow:
    """The row after these events."""
    row: TicketRow | None = None
    for recorded in history(*events):
        row = fold(row, recorded)
    assert row is not None
    return row


def told(minutes: int) -> dict[str, str]:
    """Who did it and when, as the document has it."""
    return {"at": f"2026-03-02T12:{minutes:02}:00Z", "by": AGENT}
