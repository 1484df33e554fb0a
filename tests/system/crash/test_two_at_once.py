"""Several processes on one database share the work: one that slept too long changes nothing twice, and says so."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGUSR1, Signals
from typing import Final

import asyncpg
import pytest

from services.database import connect_pool
from services.settings import Settings
from services.wiring import CONSUMERS, SOURCES
from shared_events.store.partition import PARTITIONS, partition_of
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
Three = tuple[Victim, Victim, Victim]


@pytest.fixture
async def both(database: str, tmp_path: Path) -> AsyncIterator[Both]:
    """The first one, once it is started, relays everything; what is consumed they share."""
    first = await make_victim(database, tmp_path / "first.log")
    second = make_second(first, tmp_path / "second.log")
    try:
        yield first, second
    finally:
        await first.kill()
        await second.kill()


@pytest.fixture
async def three(both: Both) -> AsyncIterator[Three]:
    """As `both`, and one that comes later."""
    third = make_second(both[0])
    try:
        yield (*both, third)
    finally:
        await third.kill()


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
    workers = [await start(victim, database) for victim in both]
    for turn in range(4):
        place = turn % 2
        working = asyncio.gather(*(load.consult(f"s{turn}-{number}") for number in range(25)))
        await asyncio.sleep(random.random())
        both[place].send(SIGSTOP)
        await until_taken(database, workers[place])
        both[place].send(SIGCONT)
        await working
    await settle_and_check(database, load, *both)


@pytest.mark.timeout(300)
async def test_the_partitions_are_shared_whoever_sleeps_dies_or_comes(three: Three, database: str) -> None:
    """Under load all the time, and asleep for as long as a lease really takes."""
    first, second, third = three
    load = Load(first, second, third)
    enough = asyncio.Event()
    one, two = [await start(victim, database) for victim in (first, second)]
    working = asyncio.gather(*(load.consult_until(enough, f"n{caller}") for caller in range(4)))
    await until_shared(database, {one, two})

    second.send(SIGSTOP)
    await until_shared(database, {one})
    second.send(SIGCONT)
    await until_fenced(second)
    await until_shared(database, {one, two})

    await first.kill()
    await until_shared(database, {two})

    new = await start(third, database)
    await until_shared(database, {two, new})
    again = await start(first, database)
    await until_shared(database, {two, new, again})
    enough.set()
    await working
    await settle_and_check(database, load, first, second, third)


async def test_a_writer_that_stops_with_locked_heads_blocks_only_its_partition_and_not_for_long(
    both: Both, database: str
) -> None:
    first, second = both
    one = await start(first, database, "after a reaction's append, before its commit", 0, SIGSTOP)
    await until_shared(database, {one, await start(second, database)})
    load = Load(second)
    tickets = [await load.receive(f"t{number}") for number in range(40)]
    blocking, blocked, free = _one_that_blocks_another(tickets, (await shares(database))["routing"][one])
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
    """The first one stops at `point` under load; its time runs out, the second one takes over, the first one wakes."""
    first, second = both
    load = Load(first, second)
    one = await start(first, database, point, Random(point).randint(2, 8), SIGSTOP)
    await until_shared(database, {one, await start(second, database)})
    enough = asyncio.Event()
    working = asyncio.gather(*(load.consult_until(enough, f"n{caller}") for caller in range(4)))
    assert await first.stopped(60), f"the point was never reached: {point}"
    enough.set()
    await until_taken(database, one, hurry=True)
    first.send(SIGCONT)
    await working
    await settle_and_check(database, load, second)
    await until_fenced(first)


async def start(victim: Victim, database: str, point: str = "never", count: int = 0, how: Signals = SIGKILL) -> str:
    """Until it is a member everywhere; the name under which it is one."""
    before = {worker for held in (await shares(database)).values() for worker in held}
    await victim.start(point, count, how)
    async with asyncio.timeout(60):
        while not (new := set.intersection(*(set(held) for held in (await shares(database)).values())) - before):  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.05)
    (worker,) = new
    return worker


async def shares(database: str) -> dict[str, dict[str, set[int]]]:
    """Of each consumer, who holds which partitions; a member may hold none yet."""
    held: dict[str, dict[str, set[int]]] = {}
    connection = await asyncpg.connect(database)
    try:
        for consumer in CONSUMERS:
            rows = await connection.fetch(
                f"""
                select holder, array_remove(array_agg(partition), null) as partitions
                from {consumer}.member full join {consumer}.share using (holder)
                where holder is not null group by holder
                """
            )
            held[consumer] = {row["holder"]: set(row["partitions"]) for row in rows}
    finally:
        await connection.close()
    return held


async def until_shared(database: str, workers: set[str]) -> None:
    """Until these hold everything, each as much, give or take one."""

    def is_even(held: dict[str, set[int]]) -> bool:
        counts = [len(held.get(worker, ())) for worker in workers]
        return sum(counts) == PARTITIONS and max(counts) - min(counts) <= 1

    async with asyncio.timeout(60):
        while not all(is_even(held) for held in (await shares(database)).values()):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)


async def until_taken(database: str, sleeping: str, *, hurry: bool = False) -> None:
    """Until others have all that this worker had; in a hurry, its time is up at once instead of after ten seconds."""
    connection = await asyncpg.connect(database)
    tables = [f"{schema}.lease" for schema in {*SOURCES, *CONSUMERS}]
    shared = [f"{consumer}.share" for consumer in CONSUMERS]
    try:
        async with asyncio.timeout(60):
            while await _has_any(connection, sleeping, tables + shared):
                for table in (*tables, *(f"{consumer}.member" for consumer in CONSUMERS)) if hurry else ():
                    await connection.execute(f"update {table} set expires_at = now() where holder = $1", sleeping)
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


async def _has_any(connection: asyncpg.Connection, worker: str, tables: Sequence[str]) -> bool:
    counts = [await connection.fetchval(f"select count(*) from {table} where holder = $1", worker) for table in tables]
    return any(counts)


def _one_that_blocks_another(tickets: Sequence[str], partitions: set[int]) -> tuple[str, str, str]:
    """Two tickets of one of the partitions, and one of another."""
    for ticket in tickets:
        same = [other for other in tickets if partition_of(other) == partition_of(ticket)]
        if len(same) > 1 and partition_of(ticket) in partitions:
            different = next(other for other in tickets if partition_of(other) != partition_of(ticket))
            return same[0], same[1], different
    raise AssertionError("forty tickets do not fit into twelve partitions without company")
