"""A store that was restored from yesterday's backup stands behind its log: its relay refuses to run, and says why."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from services.wiring import Zixun
from shared_events.log.cluster import Cluster
from shared_events.runtime.relay import LogAhead
from tests.system.crash.audit import until_caught_up
from tests.system.crash.topic import entries_of
from tests.system.journey import routed
from tests.system.serving import serving


@pytest.fixture
async def backup(database: str) -> AsyncIterator[str]:
    """Where the copy of the database is to be made; it is dropped in the end."""
    name = f"{_name(database)}_backup"
    yield database.replace(f"/{_name(database)}?", f"/{name}?")
    await administrate(database, f"drop database if exists {name} with (force)")


async def test_the_relay_of_a_restored_store_refuses_to_run_and_says_why(
    database: str, backup: str, cluster: Cluster
) -> None:
    async with serving(database, cluster=cluster) as centre:
        await routed(centre)
        await until_caught_up(centre.zixun.pool, cluster)
    await administrate(database, f"create database {_name(backup)} template {_name(database)} strategy file_copy")
    async with serving(database, cluster=cluster) as centre:
        await routed(centre)
        await until_caught_up(centre.zixun.pool, cluster)
    there = await entries_of(cluster)

    async with serving(backup, cluster=cluster) as centre:
        await refuses(centre.zixun, "relay intake", "was it restored from a backup?")
        # What it reacts to meanwhile has the same numbers in its store, but those are other events.
        await refuses(centre.zixun, "relay routing", "differs from the one that the log has there")
    assert await entries_of(cluster) == there, "a number was used twice"


async def refuses(zixun: Zixun, name: str, reason: str) -> None:
    """Until this relay has said so."""
    (watched,) = [each for each in zixun.loops.watched if each.name == name]
    async with asyncio.timeout(60):
        while not (isinstance(watched.error, LogAhead) and reason in str(watched.error)):  # noqa: ASYNC110 - a task fails
            await asyncio.sleep(0.05)


async def administrate(database: str, statement: str) -> None:
    """On the server of this database, in another one."""
    connection = await asyncpg.connect(database.replace(f"/{_name(database)}?", "/postgres?"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _name(database: str) -> str:
    return urlsplit(database).path.removeprefix("/")
