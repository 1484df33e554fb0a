"""Between a process, its broker and its database the network is slow, cut or half open: all recovers without help."""

import asyncio
from collections.abc import Callable
from random import Random

import pytest

from tests.system.crash.audit import settle_and_check
from tests.system.crash.victim import Load, Part, Victim, make_second, make_victim
from tests.system.kafka.conftest import Far, FarDatabase
from tests.system.kafka.proxy import Proxy

IMPATIENT = {"ZIXUN_STATEMENT_SECONDS_MAX": "1"}
"""So that a database that has fallen silent is given up after some seconds, not after half a minute."""

TROUBLES: dict[str, tuple[Callable[[Proxy], None], Callable[[Proxy], int]]] = {
    "slow": (lambda proxy: proxy.slow(0.02), lambda proxy: proxy.delayed),
    "cut": (lambda proxy: proxy.cut(), lambda proxy: proxy.refused),
    "half open": (lambda proxy: proxy.fall_silent(), lambda proxy: proxy.swallowed),
}
"""What is done to a network, and how often somebody has met it."""


@pytest.mark.timeout(300)
async def test_a_network_that_was_slow_cut_and_half_open_is_recovered_from(
    database: str, far: Far, far_database: FarDatabase
) -> None:
    links = [(proxy, trouble) for trouble in TROUBLES for proxy in (far.proxy, far_database.proxy)]
    victim = await make_victim(database, cluster=far.cluster)
    await suffer(database, far_database, [victim], links)


@pytest.mark.torture(seeds=20)
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", ["all", "worker"])
async def test_so_it_is_in_any_order(database: str, far: Far, far_database: FarDatabase, part: Part, seed: int) -> None:
    """And both at once, for all of the system and for a worker whose API has a good network."""
    random = Random(seed)
    links = [(random.choice((far.proxy, far_database.proxy)), random.choice(list(TROUBLES))) for _ in range(12)]
    if part == "all":
        victims = [await make_victim(database, cluster=far.cluster)]
    else:
        api = await make_victim(database, cluster=far.cluster, part="api")
        await api.start()
        victims = [api, make_second(api, part="worker")]
    await suffer(database, far_database, victims, links, heals=lambda: random.random() < 0.7)


async def suffer(
    database: str,
    far_database: FarDatabase,
    victims: list[Victim],
    links: list[tuple[Proxy, str]],
    heals: Callable[[], bool] = lambda: True,
) -> None:
    """One trouble after the other for the last of the victims, under load, each until somebody has met it."""
    last = victims[-1]
    last.dsn, last.settings = far_database.dsn, IMPATIENT
    await last.start()
    load = Load(victims[0])
    enough = asyncio.Event()
    working = asyncio.gather(*(load.consult_until(enough, f"n{caller}") for caller in range(4)))
    for proxy, trouble in links:
        begin, met = TROUBLES[trouble]
        before = met(proxy)
        begin(proxy)
        async with asyncio.timeout(60):
            while met(proxy) - before < 3:  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(0.05)
        if heals():
            proxy.heal()
    for proxy, _ in links:
        proxy.heal()
    enough.set()
    await working
    await settle_and_check(database, load, *reversed(victims))
