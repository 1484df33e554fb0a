"""The keeper of clocks, with what it does beside taking facts in and firing."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from services.database import connect_pool
from services.settings import Settings
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.routing import Resolution, TicketResolved
from shared_events.contracts.sla import CalendarUsed, PolicyPublished
from shared_events.ids import IdSource
from shared_events.runtime.commands import Call, append_of
from shared_events.store.appends import Appended, Stream
from shared_events.store.postgres import EventStore
from sla_svc.adapters.documents import read_document
from sla_svc.adapters.encoding import facts_encoded
from sla_svc.adapters.keeping import Keeping
from sla_svc.adapters.rulebooks import Rulebooks, shipped_versions
from sla_svc.adapters.tickets import PostgresTickets
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.policies.document import PolicyDocument
from sla_svc.domain.publishing import SUBJECT
from sla_svc.ports import TicketRow
from tests.routing_svc.examples import NOON
from tests.routing_svc.recordings import recorded
from tests.shared_events.conftest import FixedClock
from tests.shared_events.noted import NotedFigures
from tests.sla_svc.domain.scene import Facts

OURS = """
name: ours
rows:
  - name: all
    when: {}
    metrics: {first_response: {target: 1h, calendar: always}}
"""
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


async def test_a_ticket_that_another_worker_moved_to_what_was_just_published_is_kept_by_that(
    pool: asyncpg.Pool,
) -> None:
    tickets, clock = PostgresTickets(pool), FixedClock()
    store = EventStore("sla", pool, clock)
    keeping = Keeping(store, tickets, Rulebooks(store, clock), METRICS, ids=IdSource(clock))
    facts = Facts()
    facts.received("2026-03-01 11:00")
    facts.add("2026-03-01 11:30", "PolicyMigrated", policy="ours", policy_version="1", on_change="keep")
    async with pool.acquire() as connection, connection.transaction():
        await tickets.save(connection, [TicketRow(ticket_id="t1", partition=0, facts=facts_encoded(facts.facts))])
    assert (await keeping.decide([])).rows == []  # from now on it knows the rulebook, in which there is nothing

    await publish(store, clock)

    stored = replace(recorded(RESOLVED).stored, source="routing", version=1)
    (row,) = (await keeping.decide([Recorded(RESOLVED, stored, 1)])).rows
    assert {(clock.policy, clock.state) for clock in row.rows if clock.metric == "first_response"} == {
        ("ours", "cancelled")
    }


async def publish(store: EventStore, clock: FixedClock) -> None:
    (always,) = (calendar for calendar in shipped_versions().values() if calendar.name == "always")
    event = PolicyPublished(
        at=clock.now(),
        by="lead-1",
        name="ours",
        version="1",
        effective_from=NOON + timedelta(days=1),
        document=read_document(OURS, "ours", PolicyDocument).canonical(),
        calendars=(CalendarUsed(name="always", version=always.version),),
    )
    append = append_of(Stream(SUBJECT, ()), [event], Call(correlation_id="c"), ({}, IdSource(clock)))
    assert isinstance(await store.append(append), Appended)
