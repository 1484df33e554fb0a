"""Killed at any point, under load, and started again: nothing acknowledged is lost, nothing happens twice."""

import asyncio
from random import Random

import pytest

from tests.system.crash.audit import settle_and_check
from tests.system.crash.launcher import POINTS
from tests.system.crash.victim import Load, make_victim


@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", POINTS)
async def test_a_process_that_dies_at_a_named_point_loses_and_doubles_nothing(database: str, point: str) -> None:
    random = Random(point)
    victim = await make_victim(database)
    load = Load(victim)
    enough = asyncio.Event()
    await victim.start(point, random.randint(3, 12))
    working = asyncio.gather(*(load.consult_until(enough, f"n{caller}") for caller in range(8)))
    assert await victim.died(60), f"the point was never reached: {point}"
    enough.set()
    await victim.start()
    await working
    await settle_and_check(database, load, victim)


@pytest.mark.timeout(300)
async def test_a_process_that_is_killed_at_random_moments_loses_and_doubles_nothing(database: str) -> None:
    await kill_at_random(database, seed=1, kills=4)


@pytest.mark.torture(seeds=100)
@pytest.mark.timeout(900)
async def test_so_it_is_at_any_moment(database: str, seed: int) -> None:
    await kill_at_random(database, seed=seed, kills=10)


async def kill_at_random(database: str, *, seed: int, kills: int) -> None:
    """Under load all the time."""
    random = Random(seed)
    victim = await make_victim(database)
    load = Load(victim)
    await victim.start()
    for kill in range(kills):
        enough = asyncio.Event()
        working = asyncio.gather(*(load.consult_until(enough, f"k{kill}-{caller}") for caller in range(16)))
        await asyncio.sleep(random.random() * 0.6)
        await victim.kill()
        enough.set()
        await victim.start()
        await working
    await settle_and_check(database, load, victim)
