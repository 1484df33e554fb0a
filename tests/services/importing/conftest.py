"""A second database, to compare what two imports came to."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.embedded import Server

SECOND = "second"


@pytest.fixture
async def second_database(server: Server, migrated_template: str) -> AsyncIterator[str]:
    """The address of another new database with all migrations."""
    administrator = await asyncpg.connect(server.dsn("postgres"))
    await administrator.execute(f"create database {SECOND} template {migrated_template} strategy file_copy")
    yield server.dsn(SECOND)
    await administrator.execute(f"drop database {SECOND} with (force)")
    await administrator.close()
