"""The rows of tickets and clocks in PostgreSQL: one query for each of a batch's needs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Final

import asyncpg

from shared_events.store.rows import Connection
from sla_svc.ports import ClockRow, TicketRow

_TICKET: Final = {
    "ticket_id": "text",
    "partition": "int",
    "facts": "bytea",
    "clocks": "bytea",
    "stream_version": "int",
    "stream_digest": "bytea",
    "horizon": "bigint",
    "due_at": "timestamptz",
}
_CLOCK: Final = {
    "ticket_id": "text",
    "clock_id": "text",
    "metric": "text",
    "cycle": "int",
    "tier": "text",
    "category": "text",
    "policy": "text",
    "policy_version": "text",
    "policy_row": "text",
    "calendar": "text",
    "started_at": "timestamptz",
    "deadline": "timestamptz",
    "ended_at": "timestamptz",
    "state": "text",
    "elapsed_seconds": "bigint",
    "target_seconds": "bigint",
    "breached_at": "timestamptz",
    "in_time": "boolean",
}
_CLOCK_FIELDS: Final = [field.name for field in fields(ClockRow)]
_KEY: Final = ("ticket_id", "clock_id")

_ticket_values = attrgetter(*_TICKET)
_clock_values = attrgetter(*_CLOCK_FIELDS)


def _listed(columns: Collection[str], table: str = "") -> str:
    return ", ".join(f"{table}{column}" for column in columns)


def _arrays(columns: Mapping[str, str]) -> str:
    given = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(columns.values(), 1))
    return f"unnest({given}) n({_listed(columns)})"


def _changes(columns: Collection[str]) -> str:
    return ", ".join(f"{column} = excluded.{column}" for column in columns if column not in _KEY)


_LOAD: Final = f"select {_listed(_TICKET)} from sla.ticket where ticket_id = any($1::text[])"
_PAGE: Final = f"select {_listed(_TICKET)} from sla.ticket where ticket_id > $1 order by ticket_id limit $2"
_SAVE_TICKETS: Final = f"""
    insert into sla.ticket ({_listed(_TICKET)}) select {_listed(_TICKET)} from {_arrays(_TICKET)}
    on conflict (ticket_id) do update set {_changes(_TICKET)}
"""
# Most clocks of a ticket are as they were: they are found so, and neither locked nor written. Sub-queries with a limit,
# because a plan that was made while the tables were empty would otherwise read them whole.
_SAVE_CLOCKS: Final = f"""
    insert into sla.clock ({_listed(_CLOCK)}) select {_listed(_CLOCK, "n.")} from {_arrays(_CLOCK)}
    where (
        select ({_listed(_CLOCK, "c.")}) is not distinct from ({_listed(_CLOCK, "n.")})
        from sla.clock c where c.ticket_id = n.ticket_id and c.clock_id = n.clock_id limit 1
    ) is not true
    on conflict (ticket_id, clock_id) do update set {_changes(_CLOCK)}
"""
# The keys first, from the index alone; then only the rows of those that are wanted.
_DUE: Final = f"""
    select {_listed(_TICKET, "t.")} from (
        select d.ticket_id from unnest($1::int[], $2::timestamptz[]) w(partition, moment)
        cross join lateral (
            select ticket_id, due_at from sla.ticket d
            where d.partition = w.partition and d.due_at <= w.moment and d.ticket_id <> all($4::text[])
            order by d.due_at, d.ticket_id limit $3
        ) d order by d.due_at, d.ticket_id limit $3
    ) d cross join lateral (select * from sla.ticket t where t.ticket_id = d.ticket_id limit 1) t
    order by t.due_at, t.ticket_id
"""
_NEXT_DUE: Final = """
    select w.partition, (
        select due_at from sla.ticket t
        where t.partition = w.partition and t.due_at is not null and t.ticket_id <> all($2::text[])
        order by t.due_at limit 1
    ) due_at from unnest($1::int[]) w(partition)
"""


class PostgresTickets:
    """See `Tickets`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def load(self, tickets: Sequence[str]) -> dict[str, TicketRow]:
        """Those of these that are known."""
        return {row.ticket_id: row for row in map(_ticket_of, await self._pool.fetch(_LOAD, tickets))}

    async def save(self, connection: Connection, rows: Sequence[TicketRow]) -> None:
        """Each as it is now, with its clocks."""
        if rows:
            await connection.execute(_SAVE_TICKETS, *zip(*map(_ticket_values, rows), strict=True))
        clocks = [(row.ticket_id, *_clock_values(clock)) for row in rows for clock in row.rows]
        if clocks:
            await connection.execute(_SAVE_CLOCKS, *zip(*clocks, strict=True))

    async def due(self, through: Mapping[int, datetime], limit: int, without: Collection[str]) -> list[TicketRow]:
        """What falls due in these partitions, in each up to its moment and with it; the first `limit` by due time."""
        rows = await self._pool.fetch(_DUE, list(through.keys()), list(through.values()), limit, list(without))
        return [_ticket_of(row) for row in rows]

    async def page(self, after: str, limit: int) -> list[TicketRow]:
        """The tickets behind this id, in the order of their ids."""
        return [_ticket_of(row) for row in await self._pool.fetch(_PAGE, after, limit)]

    async def count(self) -> int:
        """How many tickets there are."""
        found: int = await self._pool.fetchval("select count(*) from sla.ticket")
        return found

    async def next_due(self, partitions: Collection[int], without: Collection[str]) -> dict[int, datetime]:
        """The earliest due time in each; a partition without any is absent."""
        rows = await self._pool.fetch(_NEXT_DUE, list(partitions), list(without))
        return {row["partition"]: row["due_at"] for row in rows if row["due_at"] is not None}


def _ticket_of(row: asyncpg.Record) -> TicketRow:
    return TicketRow(**row)
