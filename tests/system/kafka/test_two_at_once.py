"""Two processes on one Kafka, one asleep until the other had its work: what it then sends is dropped as repeated."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from signal import SIGCONT, SIGSTOP, SIGUSR1

import pytest

from services.database import connect_pool
from services.settings import Settings
from shared_events.log.cluster import Cluster
from tests.system.crash.audit import settle_and_check
from tests.system.crash.launcher import CONSUMING
from tests.system.crash.test_two_at_once import Both, start, until_fenced, until_shared, until_taken
from tests.system.crash.topic import check_topic, records_of
from tests.system.crash.victim import Load, make_second, make_victim

SENDING = "before batches are sent"
"""Where the relay has looked what the log has, and will not look again."""

NOT_YET = 10**9
"""So often nobody comes to a point."""

ELSEWHERE = (*CONSUMING, "before a copy is kept", "after a copy is kept", "after batches are sent")


@pytest.fixture
async def both(database: str, cluster: Cluster, tmp_path: Path) -> AsyncIterator[Both]:
    """The first one, once it is started, relays everything; what is consumed they share."""
    first = await make_victim(database, tmp_path / "first.log", cluster=cluster)
    second = make_second(first, tmp_path / "second.log")
    try:
        yield first, second
    finally:
        await first.kill()
        await second.kill()


@pytest.mark.timeout(300)
async def test_what_a_relay_sends_that_slept_until_its_lease_was_taken_is_there_twice_and_counts_once(
    both: Both, database: str, cluster: Cluster
) -> None:
    first, second = both
    load = await fall_asleep(SENDING, both, database)
    relayed = await records_of(cluster)

    first.send(SIGCONT)
    async with asyncio.timeout(60):
        while await records_of(cluster) == relayed:  # noqa: ASYNC110 - another process sends
            await asyncio.sleep(0.1)
    await until_fenced(first)

    await settle_and_check(database, load, first, second)
    async with await connect_pool(database, Settings(database_connections_max=4)) as pool:
        assert await check_topic(pool, cluster) > 0, "nothing was there twice"


@pytest.mark.timeout(300)
async def test_what_a_worker_does_that_slept_in_a_transaction_until_its_partitions_were_taken_is_not_done(
    both: Both, database: str
) -> None:
    await wake_too_late("after a checkpoint, before its commit", both, database)


@pytest.mark.torture
@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", ELSEWHERE)
async def test_so_it_is_wherever_it_slept(both: Both, database: str, point: str) -> None:
    await wake_too_late(point, both, database)


async def wake_too_late(point: str, both: Both, database: str) -> None:
    """The first one finds that all it had is the second one's, says so, and is given new work."""
    first, second = both
    load = await fall_asleep(point, both, database)
    first.send(SIGCONT)
    await until_fenced(first)
    await load.consult("after")
    await settle_and_check(database, load, first, second)


async def fall_asleep(point: str, both: Both, database: str) -> Load:
    """The first one stops at `point` under load; its time runs out, and the second one does all that there is to do."""
    first, second = both
    load = Load(second)
    # Armed only under load: what is relayed at the start would stop it before it is a member everywhere.
    one = await start(first, database, point, NOT_YET, SIGSTOP)
    await until_shared(database, {one, await start(second, database)})
    await load.consult("before")
    enough = asyncio.Event()
    working = asyncio.gather(*(load.consult_until(enough, f"n{caller}") for caller in range(4)))
    first.send(SIGUSR1)
    assert await first.stopped(60), f"the point was never reached: {point}"
    await until_taken(database, one, hurry=True)
    enough.set()
    await working
    return load
