"""Two processes on one database: whoever was stopped for long changes nothing twice when it wakes, and says so."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGSTOP, SIGUSR1
from typing import Final

import asyncpg
import pytest

from services.database import connect_pool
from services.settings import Settings
from services.wiring import CONSUMERS, SOURCES
from shared_events.store.partition import partition_of
from tests.system.crash.audit import settle_and_check, until_caught_up
from tests.system.crash.victim import Load, Victim, make_second, make_victim

STOPPED: Final = ("before a publication", "after a reaction's append, before its commit")
STOPPED_TOO: Final = (
    "after an append, before it is acknowledged",
    "after a publication, before its position",
    "in the middle of a projection's transaction",
    "after a checkpoint, before its commit",
)

Both = tuple[Victim, Victim]


@pytest.fixture
async def both(database: str, tmp_path: Path) -> AsyncIterator[Both]:
    """The first one holds all leases."""
    first = await make_victim(database, tmp_path / "first.log")
    second = make_second(first, tmp_path / "second.log")
    try:
        yield first, second
    finally:
        await first.kill()
        await second.kill()


@pytest.mark.parametrize("point", STOPPED)
async def test_a_process_that_slept_until_its_leases_were_taken_changes_nothing_twice_and_says_so(
    both: Both, database: str, point: str
) -> None:
    await sleep_at(point, both, database)


@pytest.mark.torture
@pytest.mark.parametrize("point", STOPPED_TOO)
async def test_so_it_is_wherever_it_slept(both: Both, database: str, point: str) -> None:
    await sleep_at(point, both, database)


@pytest.mark.torture(seeds=20)
@pytest.mark.timeout(900)
async def test_so_it_is_whenever_it_slept_until_its_leases_ran_out(both: Both, database: str, seed: int) -> None:
    """At random moments, taking turns, and for as long as a lease really takes."""
    random = Random(seed)
    load = Load(*both)
    for victim in both:
        await victim.start()
    for turn in range(4):
        sleeper = both[turn % 2]
        working = asyncio.gather(*(load.consult(f"s{turn}-{number}") for number in range(25)))
        await asyncio.sleep(random.random())
        holders = await leases(database)
        sleeper.send(SIGSTOP)
        await until_taken(database, holders)
        sleeper.send(SIGCONT)
        await working
    await settle_and_check(database, load, *both)


async def test_a_writer_that_stops_with_locked_heads_blocks_only_its_partition_and_not_for_long(
    both: Both, database: str
) -> None:
    first, second = both
    await first.start("after a reaction's append, before its commit", 0, SIGSTOP)
    await second.start()
    load = Load(second)
    tickets = [await load.receive(f"t{number}") for number in range(30)]
    blocking, blocked, free = _one_that_blocks_another(tickets)
    seen = {ticket: await load.classify(ticket, ticket) for ticket in (blocked, free)}
    async with await connect_pool(database, Settings(database_connections_max=4)) as pool:
        await until_caught_up(pool)
    first.send(SIGUSR1)
    await load.classify(blocking, blocking)
    assert await first.stopped(30)

    assert await locked_heads(database) == {partition_of(blocking)}
    await load.claim(free, free, seen[free])
    assert await locked_heads(database) == {partition_of(blocking)}
    await load.claim(blocked, blocked, seen[blocked])

    assert first.is_stopped(), "the writer still sleeps: its locks were taken from it"
    first.send(SIGCONT)
    await settle_and_check(database, load, *both)


async def sleep_at(point: str, both: Both, database: str) -> None:
    """The first one stops at `point` under load; its leases run out, the second one takes them, the first one wakes."""
    first, second = both
    load = Load(first, second)
    await first.start(point, Random(point).randint(2, 8), SIGSTOP)
    await second.start()
    holders = await leases(database)
    enough = asyncio.Event()
    working = asyncio.gather(*(load.consult_until(enough, f"n{caller}") for caller in range(4)))
    assert await first.stopped(60), f"the point was never reached: {point}"
    enough.set()
    await until_taken(database, holders, hurry=True)
    first.send(SIGCONT)
    await working
    await settle_and_check(database, load, second)
    await until_fenced(first)


async def leases(database: str) -> dict[str, str]:
    """Who has which."""
    connection = await asyncpg.connect(database)
    try:
        rows = {
            f"{schema} {row['name']}": row["holder"]
            for schema in {*SOURCES, *CONSUMERS}
            for row in await connection.fetch(f"select name, holder from {schema}.lease")
        }
    finally:
        await connection.close()
    return rows


async def until_taken(database: str, holders: dict[str, str], *, hurry: bool = False) -> None:
    """Until others have all of these leases; in a hurry, they run out at once instead of after ten seconds."""
    sleeping = set(holders.values())
    connection = await asyncpg.connect(database)
    try:
        async with asyncio.timeout(60):
            while sleeping & set((await leases(database)).values()):
                for schema in {*SOURCES, *CONSUMERS} if hurry else ():
                    await connection.execute(
                        f"update {schema}.lease set expires_at = now() where holder = any($1)", list(sleeping)
                    )
                await asyncio.sleep(0.1)
    finally:
        await connection.close()


async def until_fenced(victim: Victim) -> None:
    """Until its log says that others have taken over."""
    assert victim.log is not None, "it writes its log somewhere"
    async with asyncio.timeout(30):
        while '"fenced"' not in victim.log.read_text():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.05)


async def locked_heads(database: str) -> set[int]:
    """The partitions of routing that nobody else can append to now."""
    connection = await asyncpg.connect(database)
    try:
        free = await connection.fetch("select partition from routing.head for update skip locked")
    finally:
        await connection.close()
    return set(range(12)) - {row["partition"] for row in free}


def _one_that_blocks_another(tickets: list[str]) -> tuple[str, str, str]:
    """Two tickets of one partition, and one of another."""
    for ticket in tickets:
        same = [other for other in tickets if partition_of(other) == partition_of(ticket)]
        if len(same) > 1:
            different = next(other for other in tickets if partition_of(other) != partition_of(ticket))
            return same[0], same[1], different
    raise AssertionError("thirty tickets do not fit into twelve partitions without company")
