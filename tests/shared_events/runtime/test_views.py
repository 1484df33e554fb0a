"""A table view keeps one row per key, whatever the batches, with one select and one upsert for each."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import pytest
from sqlalchemy import JSON, Column, DateTime, Integer, MetaData, Table, Text, select
from sqlalchemy.dialects.postgresql import ARRAY

from shared_events.contracts.base import Fact, Tier
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.routing import TicketClosed, TicketEscalated, TicketRouted
from shared_events.runtime.views import TableView, fetch
from tests.ledger_svc.history import ASSIGNED, NOON, RECEIVED, ROUTED, History, after

COUNTED = Table(
    "counted",
    MetaData(),
    Column("subject", Text, primary_key=True),
    Column("order", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True)),
    Column("seen", JSON),
)
ESCALATED = TicketEscalated(**after(9), from_tier=Tier.CSE, from_team="a", tier=Tier.PSE, team="b")
CLOSED = TicketClosed(**after(10), cause="done")


@dataclass(slots=True)
class Counted:
    """How often something happened to a subject; `order` is a reserved word, to see that names are quoted."""

    subject: str
    order: int
    last_at: datetime | None
    seen: list[str] | None


def count(row: Counted | None, recorded: Recorded[Any]) -> Counted | None:
    """Count; a closed ticket is forgotten."""
    if isinstance(recorded.event, TicketClosed):
        return None
    known = row or Counted(recorded.stored.subject, 0, None, None)
    known.order += 1
    known.last_at = recorded.event.at
    known.seen = [*(known.seen or []), recorded.stored.type]
    return known


VIEW = TableView(COUNTED, row=Counted, handles=(TicketRouted, TicketEscalated, TicketClosed), fold=count)


@pytest.fixture
async def connection(empty_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(empty_database)
    await connection.execute(
        'create table counted (subject text primary key, "order" int, last_at timestamptz, seen json)'
    )
    yield connection
    await connection.close()


async def rows(connection: asyncpg.Connection) -> dict[str, tuple[int, datetime, str]]:
    found = await fetch(connection, select(COUNTED))
    return {row["subject"]: (row["order"], row["last_at"], row["seen"]) for row in found}


async def test_a_batch_is_folded_into_one_row_per_key(connection: asyncpg.Connection) -> None:
    history = History()
    await VIEW.apply(connection, [*history.of(ROUTED, ESCALATED, ticket="a"), *history.of(ROUTED, ticket="b")])
    assert await rows(connection) == {
        "a": (2, ESCALATED.at, '["TicketRouted","TicketEscalated"]'),
        "b": (1, ROUTED.at, '["TicketRouted"]'),
    }


async def test_the_next_batch_goes_on_from_the_stored_row(connection: asyncpg.Connection) -> None:
    first, second = History().of(ROUTED, ESCALATED)
    await VIEW.apply(connection, [first])
    await VIEW.apply(connection, [second])
    assert await rows(connection) == {first.stored.subject: (2, ESCALATED.at, '["TicketRouted","TicketEscalated"]')}


async def test_events_that_the_view_does_not_handle_leave_no_trace(connection: asyncpg.Connection) -> None:
    await VIEW.apply(connection, History().of(RECEIVED, ASSIGNED))
    assert await rows(connection) == {}


async def test_a_row_that_the_fold_gives_up_is_deleted(connection: asyncpg.Connection) -> None:
    history = History()
    await VIEW.apply(connection, [*history.of(ROUTED, ticket="a"), *history.of(ROUTED, CLOSED, ticket="b")])
    assert set(await rows(connection)) == {"a"}
    await VIEW.apply(connection, history.of(CLOSED, ticket="a"))
    assert await rows(connection) == {}


async def test_a_batch_costs_one_select_and_one_upsert(connection: asyncpg.Connection) -> None:
    queries: list[str] = []
    history = History()
    await VIEW.apply(connection, history.of(ROUTED))  # asyncpg asks the server about its types once per connection
    batch = [recorded for number in range(50) for recorded in history.of(ROUTED, ESCALATED, ticket=f"t{number}")]
    with connection.query_logger(lambda logged: queries.append(logged.query.split()[0])):
        await VIEW.apply(connection, batch)
    await connection.fetchval("select 1")  # the logger hears of a query at the event loop's next turn
    assert queries == ["select", "insert"]


def test_a_row_class_that_does_not_fit_its_table_is_refused_at_the_start() -> None:
    @dataclass
    class Other:
        subject: str

    with pytest.raises(TypeError, match=r"Other must have the fields of counted, .*it has \['subject'\]"):
        TableView(COUNTED, row=Other, handles=(), fold=lambda row, _: row)


def test_a_column_that_unnest_would_flatten_is_refused_at_the_start() -> None:
    @dataclass
    class Tagged:
        subject: str
        tags: list[str]

    table = Table("tagged", MetaData(), Column("subject", Text, primary_key=True), Column("tags", ARRAY(Text)))
    with pytest.raises(TypeError, match=r"tagged\.tags is an array"):
        TableView(table, row=Tagged, handles=(), fold=lambda row, _: row)


def test_a_table_without_a_key_of_one_column_is_refused_at_the_start() -> None:
    @dataclass
    class Keyless:
        subject: str

    with pytest.raises(TypeError, match=r"keyless must have a primary key of one column; it has \[\]"):
        TableView(
            Table("keyless", MetaData(), Column("subject", Text)), row=Keyless, handles=(), fold=lambda row, _: row
        )


async def test_a_core_query_runs_with_its_parameters(connection: asyncpg.Connection) -> None:
    await VIEW.apply(connection, [r for t in "abc" for r in History().of(ROUTED, ticket=t)])
    query = select(COUNTED.c.subject).where(
        COUNTED.c.subject.in_(["a", "c", "x"]), COUNTED.c.last_at > NOON, COUNTED.c.order <= 1
    )
    assert sorted(row["subject"] for row in await fetch(connection, query.limit(5))) == ["a", "c"]


def test_the_handled_events_are_what_was_asked_for() -> None:
    handled: tuple[type[Fact], ...] = VIEW.handles
    assert handled == (TicketRouted, TicketEscalated, TicketClosed)
