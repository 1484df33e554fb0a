"""Where a ticket is, put together from what each service says."""

from collections.abc import Sequence

import pytest

from shared_events.contracts.base import Fact, Tier
from shared_events.contracts.routing import (
    AnswerRejected,
    ReopeningCause,
    TicketClosed,
    TicketReleased,
    TicketReopened,
    TicketRouted,
)
from tests.ledger_svc.history import (
    AGENT,
    CLASSIFIED,
    RECEIVED,
    ROUTED,
    after,
)
from tests.ledger_svc.views.tickets.given import (
    ACCEPTED,
    CLOSED,
    ESCALATED,
    IN_WORK,
    PROPOSED,
    RESOLVED,
    SUBMITTED,
    WITHDRAWN,
    given,
)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((RECEIVED,), "received"),
        ((RECEIVED, CLASSIFIED), "classified"),
        ((RECEIVED, CLASSIFIED, ROUTED), "queued"),
        (IN_WORK, "in_work"),
        ((*IN_WORK, TicketReleased(**after(4), agent_id=AGENT)), "queued"),
        ((*IN_WORK, PROPOSED), "in_work"),
        ((*IN_WORK, PROPOSED, SUBMITTED), "answered"),
        ((*IN_WORK, PROPOSED, SUBMITTED, ACCEPTED, RESOLVED), "resolved"),
        ((*IN_WORK, PROPOSED, SUBMITTED, ACCEPTED, RESOLVED, CLOSED), "closed"),
        ((*IN_WORK, SUBMITTED, AnswerRejected(**after(6), answer=1, tier=Tier.CSE)), "in_work"),
        ((*IN_WORK, ESCALATED), "queued"),
        ((RECEIVED, WITHDRAWN), "withdrawn"),
        ((*IN_WORK, WITHDRAWN), "withdrawn"),
        ((*IN_WORK, WITHDRAWN, TicketClosed(**after(9), cause="withdrawn")), "withdrawn"),
    ],
)
def test_the_status_says_where_the_ticket_is(events: Sequence[Fact], status: str) -> None:
    assert given(*events).status == status


def test_a_withdrawal_does_not_undo_the_closing_of_a_ticket() -> None:
    assert given(*IN_WORK, SUBMITTED, RESOLVED, CLOSED, WITHDRAWN).status == "closed"


def test_a_ticket_reopened_after_a_withdrawal_is_in_a_queue_again() -> None:
    reopened = TicketReopened(**after(20), cause=ReopeningCause.CUSTOMER_REQUEST, tier=Tier.CSE, team="cse")
    row = given(*IN_WORK, WITHDRAWN, TicketClosed(**after(9), cause="withdrawn"), reopened)
    assert (row.status, row.queued_since) == ("queued", reopened.at)


def test_waiting_in_a_queue_counts_from_the_last_time_it_was_entered() -> None:
    assert given(RECEIVED, CLASSIFIED, ROUTED).queued_since == ROUTED.at
    assert given(*IN_WORK).queued_since is None
    assert given(*IN_WORK, ESCALATED).queued_since == ESCALATED.at


def test_a_ticket_that_went_straight_to_pse_has_not_touched_cse() -> None:
    row = given(RECEIVED, CLASSIFIED, TicketRouted(**after(2), tier=Tier.PSE, team="pse", automatic=True))
    assert row.tiers_touched == "PSE"
