"""The keeper of clocks counts the seconds of a ticket that no account has."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.database import connect_pool
from services.settings import Settings
from shared_events.contracts.routing import Resolution, TicketResolved
from shared_events.ids import IdSource
from shared_events.store.postgres import EventStore
from sla_svc.adapters.encoding import facts_encoded
from sla_svc.adapters.keeping import Keeping
from sla_svc.adapters.rulebooks import Rulebooks
from sla_svc.adapters.tickets import PostgresTickets
from sla_svc.domain.metrics import METRICS
from sla_svc.ports import TicketRow
from tests.routing_svc.examples import NOON
from tests.routing_svc.recordings import recorded
from tests.shared_events.conftest import FixedClock
from tests.shared_events.noted import NotedFigures
from tests.sla_svc.domain.scene import Facts

RESOLVED = TicketResolved(at=NOON, by="p1", customer_id="c1", resolution=Resolution.NO_ANSWER_NEEDED)


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    async with await connect_pool(database, Settings()) as pool:
        yield pool


@pytest.mark.parametrize(("tier", "missing"), [("CSE", []), ("nowhere", [("unaccounted", "sla", 3600)])])
async def test_where_the_time_went_is_added_up_whenever_a_ticket_is_over(
    pool: asyncpg.Pool, tier: str, missing: list[tuple[str, str, int]]
) -> None:
    facts = Facts()
    noon = int(NOON.timestamp())
    facts.add(noon - 3600, "TicketAssigned", agent_id="a", tier=tier, team="cse")
    tickets, figures, clock = PostgresTickets(pool), NotedFigures(), FixedClock()
    store = EventStore("sla", pool, clock)
    async with pool.acquire() as connection, connection.transaction():
        await tickets.save(connection, [TicketRow(ticket_id="t1", partition=0, facts=facts_encoded(facts.facts))])

    keeping = Keeping(store, tickets, Rulebooks(store, clock), METRICS, ids=IdSource(clock), figures=figures)
    await keeping.decide([recorded(RESOLVED)])

    assert figures.noted == missing
