"""Questions about tickets are answered by indexes, however many tickets there are."""

from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest
from sqlalchemy import ClauseElement

from ledger_svc.views.tickets.queries import TICKET_QUERY, ListPage, ListPlace, Order, TicketFilters, list_query
from shared_events.runtime.views import compiled
from tests.ledger_svc.history import NOON

FILTERS = {
    "ticket_newest": TicketFilters(),
    "ticket_status": TicketFilters(status="queued"),
    "ticket_tier": TicketFilters(tier="CSE"),
    "ticket_team": TicketFilters(team="cse"),
    "ticket_agent": TicketFilters(agent_id="agent-7"),
    "ticket_customer": TicketFilters(customer_id="customer-1"),
    "ticket_category": TicketFilters(category="fees"),
    "ticket_urgency": TicketFilters(urgency="high"),
}


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database)
    await connection.execute(
        "set enable_seqscan = off; set enable_sort = off; set plan_cache_mode = force_generic_plan"
    )
    yield connection
    await connection.close()


async def plan_of(connection: asyncpg.Connection, query: ClauseElement) -> str:
    """How PostgreSQL would go about it in a large table: without reading or sorting all of it."""
    return await explained(connection, *compiled(query))


async def explained(connection: asyncpg.Connection, sql: str, values: Sequence[object]) -> str:
    """As above, of a query that is compiled."""
    return "\n".join(row[0] for row in await connection.fetch(f"explain {sql}", *values))


async def test_each_filter_has_an_index_in_the_order_of_the_list(connection: asyncpg.Connection) -> None:
    for index, filters in FILTERS.items():
        plan = await plan_of(connection, list_query(filters, ListPage(Order.NEWEST, ListPlace(NOON, "a"), 10)))
        assert index in plan
        assert "Sort" not in plan


async def test_what_is_due_next_is_found_in_the_order_in_which_it_is_due(connection: asyncpg.Connection) -> None:
    for filters in (TicketFilters(), TicketFilters(team="cse", status="in_work")):
        plan = await plan_of(connection, list_query(filters, ListPage(Order.DUE, ListPlace(NOON, "a"), 10)))
        assert "ticket_due" in plan
        assert "Sort" not in plan


async def test_a_ticket_is_looked_up_by_id_and_by_number_in_indexes(connection: asyncpg.Connection) -> None:
    plan = await explained(connection, TICKET_QUERY.sql, ["100200347"])
    assert "ticket_pkey" in plan
    assert "ticket_number" in plan
    assert "Seq Scan" not in plan
