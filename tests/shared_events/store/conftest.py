"""The PostgreSQL versions that the store has to work on."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from services.migrations import migrate
from tests.shared_events.store.older_server import PROGRAMS, OlderServer, is_there, older_server

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def older() -> Iterator[OlderServer]:
    """A PostgreSQL 15 of this test process; skips where the machine has none."""
    if not is_there():
        pytest.skip(f"This test needs PostgreSQL 15 in {PROGRAMS}, which is not there.")
    with older_server() as server:
        yield server


@pytest.fixture
async def older_database(older: OlderServer) -> AsyncIterator[str]:
    """The address of a new, migrated database on PostgreSQL 15."""
    name = f"test_{next(_numbers)}"
    connection = await asyncpg.connect(older.dsn("postgres"))
    await connection.execute(f"create database {name}")
    await asyncio.to_thread(asyncio.run, migrate(older.dsn(name)))
    yield older.dsn(name)
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()
