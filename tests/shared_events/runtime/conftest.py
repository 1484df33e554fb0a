"""The world in which relays and runners are tested."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.shared_events.conftest import FixedClock
from tests.shared_events.runtime.alarms import TABLES, Alarms
from tests.shared_events.runtime.world import TABLE, World


@pytest.fixture
async def world(database: str, pool: asyncpg.Pool, clock: FixedClock) -> AsyncIterator[World]:
    owner = await asyncpg.connect(database)
    await owner.execute(TABLE)
    await owner.close()
    world = World(pool, clock)
    yield world
    for presence in world.presences.values():
        await presence.leave()


@pytest.fixture
async def alarms(world: World, database: str) -> Alarms:
    owner = await asyncpg.connect(database)
    await owner.execute(TABLES)
    await owner.close()
    return Alarms(world)
