"""What must hold after any crash, read from the tables themselves."""

import asyncio
from collections.abc import Iterable
from typing import Final

import asyncpg

from ledger_svc.views.tickets.view import ticket_view
from services.database import connect_pool
from services.settings import Settings
from services.wiring import CONSUMERS, SOURCES
from shared_events.contracts import decode
from shared_events.contracts.envelope import GENESIS, Recorded, chained_digest
from shared_events.log.cluster import Cluster
from shared_events.log.postgres import PostgresLog
from shared_events.store.postgres import EventStore
from tests.shared_events.conftest import FixedClock
from tests.system.crash.topic import check_topic, records_of
from tests.system.crash.victim import Load, Victim

CATCH_UP_SECONDS_MAX: Final = 60.0

TWICE_ROUTED: Final = """
    select count(*) from (
        select from routing.event where type = 'TicketRouted' group by subject, causation_id having count(*) > 1
    ) twice
"""

KEPT: Final = """
    select coalesce(sum(entries), 0) as kept, coalesce(sum(read), 0) as read from (
        select count(*) as entries, max("offset") + 1 as read from log.log_entry group by partition
    ) partitions
"""


async def settle_and_check(database: str, load: Load, *victims: Victim) -> None:
    """Let them catch up, end them, and look at everything that they left."""
    cluster = victims[0].cluster
    async with await connect_pool(database, Settings(database_connections_max=4)) as pool:
        await until_caught_up(pool, cluster)
        for victim in victims:
            await victim.kill()
        assert load.acknowledged
        await check_everything(pool, load.acknowledged, cluster)
        await check_views(pool)
        if cluster is not None:
            await check_topic(pool, cluster)


async def until_caught_up(pool: asyncpg.Pool, cluster: Cluster | None = None) -> None:
    """Wait for the processes that relay and consume."""
    async with asyncio.timeout(CATCH_UP_SECONDS_MAX):
        while not await caught_up(pool, cluster):  # noqa: ASYNC110 - other processes do it
            await asyncio.sleep(0.1)


async def check_everything(
    pool: asyncpg.Pool, acknowledged: Iterable[tuple[str, str, str]], cluster: Cluster | None = None
) -> None:
    """P1 to P6, on a system that has caught up."""
    for source in SOURCES:
        await _check_numbers(pool, source)
        await _check_log(pool, source)
    for ticket, service, kind in acknowledged:
        count = await pool.fetchval(
            f"select count(*) from {service}.event where subject = $1 and type = $2", ticket, kind
        )
        assert count == 1, f"{kind} of {ticket} was acknowledged and is there {count} times"
    assert await caught_up(pool, cluster), "a consumer is behind"
    assert await pool.fetchval(TWICE_ROUTED) == 0, "a reaction has had its effect twice"
    for consumer in CONSUMERS:
        assert await pool.fetchval(f"select count(*) from {consumer}.parked") == 0


async def check_views(pool: asyncpg.Pool) -> None:
    """P6: each ticket's row equals the fold of its events, one at a time, from the beginning."""
    live = await pool.fetch("select * from ledger.ticket order by ticket_id")
    entries = await PostgresLog(pool).read(dict.fromkeys(range(12), 0), 1_000_000)
    async with pool.acquire() as connection:
        held = connection.transaction()
        await held.start()
        await connection.execute("create temporary table ticket (like ledger.ticket including all) on commit drop")
        view = ticket_view("pg_temp")
        for batch in entries.values():
            for entry in batch:
                await view.apply(connection, [Recorded(decode(entry.stored), entry.stored, entry.offset)])
        folded = await connection.fetch("select * from pg_temp.ticket order by ticket_id")
        await held.rollback()
    assert [tuple(row) for row in live] == [tuple(row) for row in folded]


async def caught_up(pool: asyncpg.Pool, cluster: Cluster | None = None) -> bool:
    """Whether everything that is stored has been relayed and taken in: at one moment, as a reaction may add to it."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        stored = [
            await connection.fetchval(f"select coalesce(sum(sequence), 0) from {source}.head") for source in SOURCES
        ]
        ((kept, read),) = await connection.fetch(KEPT)
        logged = await connection.fetchval("select coalesce(sum(next_offset), 0) from log.head")
        taken = {
            consumer: await connection.fetchval(f"select coalesce(sum(next_offset), 0) from {consumer}.checkpoint")
            for consumer in CONSUMERS
        }
    # What is in Kafka twice takes an offset too, but not in what the ledger keeps and reads.
    ends = {consumer: read if consumer == "ledger" else logged for consumer in CONSUMERS}
    there = kept if cluster is None else await records_of(cluster)
    return bool(sum(stored) == kept and taken == ends and logged == there)


async def _check_numbers(pool: asyncpg.Pool, source: str) -> None:
    rows = await pool.fetch(
        f"""
        select partition, count(*) count, min(sequence) first, max(sequence) last from {source}.event group by partition
        """
    )
    for row in rows:
        assert (row["first"], row["last"]) == (1, row["count"]), f"{source}:{row['partition']} has gaps"
    store = EventStore(source, pool, FixedClock())
    subjects = [row["subject"] for row in await pool.fetch(f"select distinct subject from {source}.event")]
    for stream in (await store.load_many(subjects)).values():
        previous = GENESIS
        for version, event in enumerate(stream.events, start=1):
            assert event.version == version
            assert event.digest == chained_digest(previous, event), f"{source} {event.subject} {version} was altered"
            previous = event.digest


async def _check_log(pool: asyncpg.Pool, source: str) -> None:
    different = await pool.fetchval(
        f"""
        select count(*) from {source}.event e
        full join (select * from log.log_entry where source = $1) l
            on l.partition = e.partition and l.sequence = e.sequence
        where l.digest is distinct from e.digest or l.event_id is distinct from e.event_id
        """,
        source,
    )
    assert different == 0, f"the log differs from {source} in {different} places"
