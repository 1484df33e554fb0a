"""Killed at any point, under load, and started again: nothing acknowledged is lost, nothing happens twice."""

import asyncio
from random import Random

import asyncpg
import pytest

from services.database import connect_pool
from services.settings import Settings
from tests.system.crash.audit import caught_up, check_everything, check_views
from tests.system.crash.launcher import POINTS
from tests.system.crash.victim import Load, Victim, make_victim

CATCH_UP_SECONDS_MAX = 60.0


@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", POINTS)
async def test_a_process_that_dies_at_a_named_point_loses_and_doubles_nothing(database: str, point: str) -> None:
    random = Random(point)
    victim = await make_victim(database)
    load = Load(victim)
    await victim.start(point, random.randint(3, 12))
    working = asyncio.gather(*(load.consult(f"n{number}") for number in range(20)))
    assert await victim.died(60), f"the point was never reached: {point}"
    await victim.start()
    await working
    await settle_and_check(victim, load, database)


@pytest.mark.timeout(300)
async def test_a_process_that_is_killed_at_random_moments_loses_and_doubles_nothing(database: str) -> None:
    await kill_at_random(database, seed=1, kills=4)


async def kill_at_random(database: str, *, seed: int, kills: int) -> None:
    """Under load all the time."""
    random = Random(seed)
    victim = await make_victim(database)
    load = Load(victim)
    await victim.start()
    for kill in range(kills):
        working = asyncio.gather(*(load.consult(f"k{kill}-{number}") for number in range(25)))
        await asyncio.sleep(random.random() * 0.6)
        await victim.kill()
        await victim.start()
        await working
    await settle_and_check(victim, load, database)


async def settle_and_check(victim: Victim, load: Load, database: str) -> None:
    """Let it catch up, end it, and look at everything that it left."""
    async with await connect_pool(database, Settings(database_connections_max=4)) as pool:
        await _settle(pool)
        await victim.kill()
        assert load.acknowledged
        await check_everything(pool, load.acknowledged)
        await check_views(pool)


async def _settle(pool: asyncpg.Pool) -> None:
    async with asyncio.timeout(CATCH_UP_SECONDS_MAX):
        while not await caught_up(pool):  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.1)
