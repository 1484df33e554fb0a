"""A store, a clock that stands where it is put, and events to append."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from services.database import connect_pool
from services.settings import Settings
from shared_events.store.postgres import EventStore


class FixedClock:
    """Moves only when told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    async with await connect_pool(database, Settings()) as pool:
        yield pool


@pytest.fixture
def store(pool: asyncpg.Pool, clock: FixedClock) -> EventStore:
    return EventStore("intake", pool, clock)
