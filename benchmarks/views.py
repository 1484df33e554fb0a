"""All of ledger's views from the whole log, against reading the same rows and upserting the same rows without us."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import asyncpg

from benchmarks.history import EVENTS_PER_TICKET, make_history
from benchmarks.measuring import Bound, Result, alternate
from benchmarks.setting import Setting, assembled
from ledger_svc.views.tickets.row import TICKET
from shared_events.runtime.runner import BATCH_MAX
from shared_events.store.partition import PARTITIONS

_COLUMNS: Final = [column.name for column in TICKET.columns]
_READ: Final = """
    select l.* from unnest($1::int[], $2::bigint[]) as wanted(partition, next_offset)
    cross join lateral (
        select * from log.log_entry l where l.partition = wanted.partition and l."offset" >= wanted.next_offset
        order by l."offset" limit $3
    ) l order by l.partition, l."offset"
"""


async def measure(setting: Setting) -> AsyncIterator[Result]:
    """One result."""
    tickets = setting.either(8_000, 60)
    async with setting.database() as dsn, assembled(dsn) as zixun:
        await make_history(zixun, tickets)
        await _fold(dsn)
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute("vacuum analyze")
            await connection.execute("create table ledger.same (like ledger.ticket including all)")
            rows = {row["ticket_id"]: tuple(row) for row in await connection.fetch("select * from ledger.ticket")}
            assert len(rows) == tickets, f"expected {tickets} tickets in the view, found {len(rows)}"
            upsert = await _upsert(connection)
            events = tickets * EVENTS_PER_TICKET

            async def ours() -> float:
                return events / await _fold(dsn)

            async def peer() -> float:
                return events / await _copy(connection, upsert, rows)

            mine, theirs = await alternate(ours, peer, setting.either(3, 1))
        finally:
            await connection.close()
    goal = [Bound("ratio", ">=", 0.5), Bound("value", ">=", 20_000)]
    yield Result(name="views from the log", unit="events/s", ours=mine, peer=theirs, goal=goal)


async def _fold(dsn: str) -> float:
    """The seconds that the ledger takes from nothing to the end of the log."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("truncate ledger.ticket, ledger.checkpoint, ledger.share, ledger.member; checkpoint")
    await connection.close()
    async with assembled(dsn) as zixun:
        runner = next(runner for runner in zixun.runners if runner.name == "ledger")
        began = time.perf_counter()
        while await runner.turn():
            pass
        return time.perf_counter() - began


async def _copy(connection: asyncpg.Connection, upsert: str, rows: Mapping[str, Sequence[Any]]) -> float:
    """The seconds that the same reads and upserts take, in batches of the same size; the rows are ready beforehand."""
    await connection.execute("truncate ledger.same; checkpoint")
    offsets = dict.fromkeys(range(PARTITIONS), 0)
    began = time.perf_counter()
    while entries := await connection.fetch(_READ, list(offsets), list(offsets.values()), BATCH_MAX):
        batches: dict[int, set[str]] = {}
        for entry in entries:
            batches.setdefault(entry["partition"], set()).add(entry["subject"])
            offsets[entry["partition"]] = entry["offset"] + 1
        for subjects in batches.values():
            columns = zip(*(rows[subject] for subject in subjects), strict=True)
            async with connection.transaction():
                await connection.execute(upsert, *map(list, columns))
    return time.perf_counter() - began


async def _upsert(connection: asyncpg.Connection) -> str:
    types = await connection.fetch(
        "select attname, format_type(atttypid, null) as type from pg_attribute"
        " where attrelid = 'ledger.same'::regclass and attnum > 0 order by attnum"
    )
    assert [row["attname"] for row in types] == _COLUMNS, "the table is as the view has it"
    arrays = ", ".join(f"${place}::{row['type']}[]" for place, row in enumerate(types, 1))
    changes = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "ticket_id")
    return (
        f"insert into ledger.same ({', '.join(_COLUMNS)}) select * from unnest({arrays})"
        f" on conflict (ticket_id) do update set {changes}"
    )
