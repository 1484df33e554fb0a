"""The ticket as it is now, from the events of every service."""

from typing import get_args

from ledger_svc.views.tickets.row import TicketRow
from ledger_svc.views.tickets.view import CHANGES, fold
from shared_events.contracts import REGISTRY
from shared_events.contracts.base import Origin
from shared_events.contracts.sla import RulebookEvent
from tests.ledger_svc.history import (
    ASSIGNED,
    ROUTED,
    History,
)
from tests.ledger_svc.views.tickets.given import IN_WORK, given


def test_the_row_knows_the_version_of_each_service_and_where_the_ticket_came_from() -> None:
    row: TicketRow | None = None
    for recorded in History(Origin.IMPORT).of(*IN_WORK):
        row = fold(row, recorded)
    assert row is not None
    assert row.document["versions"] == {"intake": 2, "routing": 2}
    assert row.origin == "import"


def test_a_ticket_that_only_routing_knows_is_kept_as_far_as_it_is_known() -> None:
    row = given(ROUTED, ASSIGNED)
    assert (row.number, row.status, row.tier, row.received_at) == (None, "in_work", "CSE", ROUTED.at)


def test_every_event_of_a_ticket_is_taken_in_and_none_of_the_rulebook() -> None:
    assert set(CHANGES) == set(REGISTRY.values()) - set(get_args(RulebookEvent))
