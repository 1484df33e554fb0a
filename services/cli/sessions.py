"""How a verb reaches the database: that of the running instance, or its own for as long as it needs it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from services.settings import LogLevel, Settings, load_settings
from shared_events.clock import Clock, SystemClock

if TYPE_CHECKING:
    import asyncpg

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Session:
    """What a verb works with."""

    settings: Settings
    clock: Clock
    master_key: bytes
    pool: "asyncpg.Pool"
    dsn: str
    """As the owner of the tables, for what the application may not do."""


@asynccontextmanager
async def session() -> AsyncIterator[Session]:
    """Connected to the migrated database of the settings."""
    from services.database import any_database, connect_pool
    from services.logs import configure_logs
    from services.master_key import find_or_make_master_key

    # What a tool asks within its own process is no news; and standard output is for results alone.
    configure_logs(LogLevel.WARNING)
    settings, clock = load_settings(), SystemClock()
    master_key = find_or_make_master_key(settings)
    async with any_database(settings, clock) as dsn, await connect_pool(dsn, settings) as pool:
        yield Session(settings, clock, master_key, pool, dsn)


def in_session(work: Callable[[Session], Awaitable[T]]) -> T:
    """Run `work` in a session of its own, and give what it gives."""

    async def run() -> T:
        async with session() as opened:
            return await work(opened)

    return asyncio.run(run())
