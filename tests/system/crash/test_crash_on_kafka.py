"""Killed at any point with the log on Kafka, whole or in parts: the store, Kafka, the archive and the views agree."""

import asyncio
from random import Random

import pytest

from shared_events.log.cluster import Cluster
from tests.system.crash.audit import settle_and_check
from tests.system.crash.launcher import APPENDING, POINTS_ON_KAFKA, WORKING_ON_KAFKA
from tests.system.crash.victim import Load, Part, Victim, make_second, make_victim

PARTS: tuple[Part, ...] = ("all", "api", "worker")

ALL = [
    (part, point)
    for part, points in (("all", POINTS_ON_KAFKA), ("api", APPENDING), ("worker", WORKING_ON_KAFKA))
    for point in points
]


@pytest.mark.timeout(300)
async def test_a_process_that_dies_while_it_sends_to_kafka_loses_and_doubles_nothing(
    database: str, cluster: Cluster
) -> None:
    await kill_at("in the middle of sending", database, cluster, "all")


@pytest.mark.torture
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("part", "point"), ALL)
async def test_so_it_is_with_every_part_at_every_point(database: str, cluster: Cluster, part: Part, point: str) -> None:
    await kill_at(point, database, cluster, part)


@pytest.mark.timeout(300)
async def test_an_api_and_a_worker_that_are_killed_in_turn_lose_and_double_nothing(
    database: str, cluster: Cluster
) -> None:
    await kill_at_random(database, cluster, ("api", "worker"), Random(1))


@pytest.mark.torture(seeds=50)
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", PARTS)
async def test_so_it_is_at_any_moment(database: str, cluster: Cluster, part: Part, seed: int) -> None:
    await kill_at_random(database, cluster, (part,) * 8, Random(seed))


async def kill_at(point: str, database: str, cluster: Cluster, part: Part) -> None:
    """This part dies there under load and is started again."""
    victims = await processes(database, cluster, part)
    load = Load(victims["all" if part == "all" else "api"])
    enough = asyncio.Event()
    for victim in victims.values():
        if victim.part != part:
            await victim.start()
    await victims[part].start(point, Random(point).randint(3, 12))
    working = asyncio.gather(*(load.consult_until(enough, f"n{caller}") for caller in range(8)))
    assert await victims[part].died(60), f"the point was never reached: {point}"
    enough.set()
    await victims[part].start()
    await working
    await settle_and_check(database, load, *victims.values())


async def kill_at_random(database: str, cluster: Cluster, parts: tuple[Part, ...], random: Random) -> None:
    """These parts, one after the other, under load all the time."""
    victims = await processes(database, cluster, parts[0])
    load = Load(victims["all" if parts[0] == "all" else "api"])
    for victim in victims.values():
        await victim.start()
    for kill, part in enumerate(parts):
        enough = asyncio.Event()
        working = asyncio.gather(*(load.consult_until(enough, f"k{kill}-{caller}") for caller in range(12)))
        await asyncio.sleep(random.random())
        await victims[part].kill()
        enough.set()
        await victims[part].start()
        await working
    await settle_and_check(database, load, *victims.values())


async def processes(database: str, cluster: Cluster, part: Part) -> dict[Part, Victim]:
    """The whole system in one process, or its two halves."""
    if part == "all":
        return {"all": await make_victim(database, cluster=cluster)}
    api = await make_victim(database, cluster=cluster, part="api")
    return {"api": api, "worker": make_second(api, part="worker")}
