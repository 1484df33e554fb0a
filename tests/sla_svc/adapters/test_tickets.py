"""The rows in PostgreSQL do what the suite says; a clock that stays as it was is not written again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from services.database import connect_pool
from services.settings import Settings
from shared_events.store.rows import Connection
from sla_svc.adapters.tickets import PostgresTickets
from sla_svc.ports import TicketRow
from tests.sla_svc.adapters.suite import CLOCK, MET, TicketsSuite


class OnPostgres:
    """One database."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.tickets = PostgresTickets(pool)
        self._pool = pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with self._pool.acquire() as connection, connection.transaction():
            yield connection

    async def clocks(self) -> list[dict[str, Any]]:
        rows = await self._pool.fetch("select * from sla.clock order by ticket_id, clock_id")
        return [dict(row) for row in rows]

    async def versions(self) -> dict[str, str]:
        """The physical version of each clock's row."""
        rows = await self._pool.fetch("select clock_id, ctid::text || xmax::text as version from sla.clock")
        return {row["clock_id"]: row["version"] for row in rows}


@pytest.fixture
async def ground(database: str) -> AsyncIterator[OnPostgres]:
    async with await connect_pool(database, Settings()) as pool:
        yield OnPostgres(pool)


class TestPostgresTickets(TicketsSuite):
    """The suite of rows."""

    async def test_a_clock_that_is_as_it_was_is_neither_locked_nor_written(self, ground: OnPostgres) -> None:
        other = replace(CLOCK, clock_id="next_reply/e-2", metric="next_reply")
        ticket = TicketRow(ticket_id="t-1", partition=0, rows=[CLOCK, other])
        async with ground.transaction() as transaction:
            await ground.tickets.save(transaction, [ticket])
        before = await ground.versions()

        async with ground.transaction() as transaction:
            await ground.tickets.save(transaction, [replace(ticket, rows=[MET, other])])

        after = await ground.versions()
        assert after[other.clock_id] == before[other.clock_id]
        assert after[MET.clock_id] != before[MET.clock_id]
