"""A store that is behind its log is told from one whose log is behind it, and from one that is busy."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.database import connect_pool
from services.doctor.comparing import compare_stores, refuse_restored
from services.settings import Settings
from shared_events.log.cluster import Cluster
from shared_events.runtime.relay import LogAhead
from tests.shared_events.runtime.world import tamper
from tests.system.serving import serving

CALL = {"channel": "telephone", "content": "网关断线"}


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    async with await connect_pool(database, Settings(database_connections_max=4)) as made:
        yield made


async def test_a_store_that_is_written_and_relayed_meanwhile_is_not_behind(database: str, pool: asyncpg.Pool) -> None:
    async with serving(database) as centre:
        calls = asyncio.gather(*(centre.post("/v1/consultations", CALL) for _ in range(60)))
        looks = 0
        while not calls.done():
            assert [each for each in await compare_stores(pool, None) if each.missing or not each.agrees] == []
            looks += 1
        await calls
    assert looks > 1


async def test_what_is_not_relayed_yet_is_no_reason_to_stay_away(database: str, pool: asyncpg.Pool) -> None:
    async with serving(database) as centre:
        await centre.post("/v1/consultations", CALL)
        await centre.settled()
    await tamper(
        database,
        """
        delete from log.log_entry; delete from log.source_head; update log.head set next_offset = 0;
        update intake.relay_position set sequence = 0
        """,
    )
    await refuse_restored(pool, None)


async def test_every_source_that_lacks_events_is_named(database: str, pool: asyncpg.Pool) -> None:
    async with serving(database) as centre:
        await centre.post("/v1/consultations", CALL)
        await centre.settled()
    await tamper(database, "delete from intake.event; update intake.head set sequence = 0")
    with pytest.raises(LogAhead, match="intake lacks 2 events"):
        await refuse_restored(pool, None)


async def test_while_kafka_is_away_work_begins(database: str, pool: asyncpg.Pool) -> None:
    """Nobody may listen there but a service of the machine."""
    assert database
    await refuse_restored(pool, Cluster(bootstrap_servers="127.0.0.1:1"))
