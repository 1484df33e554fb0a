"""Where measurements are taken: a PostgreSQL that is thrown away, but writes to the disk as a real one does."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg

from services.database import connect_pool
from services.embedded import Server
from services.migrations import migrate
from services.settings import Settings
from services.wiring import Zixun, assemble
from shared_events.clock import SystemClock
from shared_events.http import Role
from shared_events.log.cluster import Cluster

TEMPLATE: Final = "migrated"
MASTER_KEY: Final = bytes(range(32))
CONNECTIONS_MAX: Final = 20
"""As the default of the setting."""


@dataclass(slots=True)
class Setting:
    """What every measurement is given."""

    server: Server
    short: bool
    _count: int = field(default=0)

    def either(self, full: int, short: int) -> int:
        """How much: in a full run, or in one that only shows that it works."""
        return short if self.short else full

    @property
    def rounds(self) -> int:
        """How often each side is measured."""
        return self.either(5, 1)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """The address of a new migrated database."""
        if self._count == 0:
            await self._administrate(f"create database {TEMPLATE}")
            await migrate(self.server.dsn(TEMPLATE))
        self._count += 1
        name = f"measured_{self._count}"
        await self._administrate(f"create database {name} template {TEMPLATE}")
        yield self.server.dsn(name)
        await self._administrate(f"drop database {name} with (force)")

    async def _administrate(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server.dsn("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def setting(*, short: bool) -> Iterator[Setting]:
    """A server of its own, with the settings that a real one gets; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="zixun-bench-") as folder:
        server = Server(Path(folder) / "data")
        server.start()
        try:
            yield Setting(server, short)
        finally:
            server.stop()


@asynccontextmanager
async def assembled(dsn: str, cluster: Cluster | None = None) -> AsyncIterator[Zixun]:
    """The system in this process, with nothing running."""
    async with await connect_pool(dsn, Settings(database_connections_max=CONNECTIONS_MAX)) as pool:
        zixun = await assemble(pool, MASTER_KEY, SystemClock(), cluster)
        try:
            yield zixun
        finally:
            await zixun.presence.leave()


async def agent(dsn: str) -> dict[str, str]:
    """The header of an agent with a new token."""
    async with assembled(dsn) as zixun:
        _, token = await zixun.tokens.create(role=Role.AGENT, name="bench")
    return {"Authorization": f"Bearer {token}"}
