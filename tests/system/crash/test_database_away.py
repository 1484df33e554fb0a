"""PostgreSQL is restarted in immediate mode under load: who asks is told to try again, then everything catches up."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from typing import Final

import pytest

from services.embedded import Server
from services.migrations import migrate
from tests.scratch import scratch_folder
from tests.system.crash.audit import settle_and_check
from tests.system.crash.victim import Load, Victim, make_victim

SMALL: Final = {"shared_buffers": "32MB", "max_connections": "40", "logging_collector": "off"}
"""With fsync, unlike the other tests' servers: a restart has to find what was committed."""


@pytest.fixture
async def own_server() -> AsyncIterator[Server]:
    """A PostgreSQL of this test alone, migrated."""
    with scratch_folder() as folder:
        server = Server(folder, SMALL)
        await asyncio.to_thread(server.start)
        try:
            await migrate(server.dsn())
            yield server
        finally:
            await asyncio.to_thread(server.kill)


@pytest.mark.timeout(300)
async def test_while_the_database_is_away_the_answer_is_503_and_afterwards_everything_is_there(
    own_server: Server,
) -> None:
    answers = await restart_under_load(own_server, seed=1, restarts=1)

    assert set(answers) == {204, 503}
    assert answers[503] > 0


@pytest.mark.torture(seeds=10)
@pytest.mark.timeout(1800)
async def test_so_it_is_at_every_restart(own_server: Server, seed: int) -> None:
    assert set(await restart_under_load(own_server, seed=seed, restarts=10)) == {204, 503}


async def restart_under_load(server: Server, *, seed: int, restarts: int) -> Counter[int]:
    """How often `/readyz` answered with which status meanwhile; everything is checked in the end."""
    random = Random(seed)
    victim = await make_victim(server.dsn())
    load = Load(victim)
    answers: Counter[int] = Counter()
    await victim.start()
    probing = asyncio.create_task(_probe(victim, answers))
    try:
        for restart in range(restarts):
            enough = asyncio.Event()
            working = asyncio.gather(*(load.consult_until(enough, f"r{restart}-{caller}") for caller in range(20)))
            await asyncio.sleep(random.random())
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            enough.set()
            await working
        assert load.outages > 0, "the load has noticed nothing"
        await settle_and_check(server.dsn(), load, victim)
    finally:
        probing.cancel()
        await victim.kill()
    return answers


async def _probe(victim: Victim, answers: Counter[int]) -> None:
    async with victim.http as http:
        while victim.is_alive():
            answer = await http.get("/readyz")
            answers[answer.status_code] += 1
            if answer.status_code == 503:
                assert answer.headers["Retry-After"] == "1"
                assert answer.json()["code"] == "UNAVAILABLE"
            await asyncio.sleep(0.05)
