"""Runs relays and consumers until it is told to stop; one that fails is started again, ever more slowly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final, Protocol

import structlog
from aiokafka.errors import KafkaConnectionError

from services.database import connect_pool, own_database
from services.master_key import find_or_make_master_key
from services.settings import Settings
from services.wiring import Zixun, assemble
from shared_events.clock import SystemClock
from shared_events.log.cluster import Cluster
from shared_events.log.topics import TopicUnfit, check

PAUSE_SECONDS_FIRST: Final = 0.1
PAUSE_SECONDS_MAX: Final = 5.0

_log = structlog.get_logger(__name__)


class Loop(Protocol):
    """What runs for ever."""

    async def run(self) -> None:
        """Never returns."""
        ...

    async def stop(self) -> None:
        """Tidy up after `run` was cancelled."""
        ...


@asynccontextmanager
async def working(zixun: Zixun) -> AsyncIterator[None]:
    """Relay and consume while the block runs."""
    loops: list[Loop] = [*zixun.relays, *zixun.archivers, *zixun.runners]
    tasks = [asyncio.create_task(_keep_running(loop)) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for loop in loops:
            with suppress(Exception):
                await loop.stop()
        await zixun.presence.leave()
        for log in zixun.kafka_logs:
            await log.close()


async def work_alone(settings: Settings) -> None:
    """Relay and consume for services that are served by other processes, until interrupted."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        master_key = find_or_make_master_key(settings)
        dsn = await stack.enter_async_context(own_database(settings, clock))
        pool = await stack.enter_async_context(await connect_pool(dsn, settings))
        await refuse_unfit_topics(settings.cluster)
        await stack.enter_async_context(working(await assemble(pool, master_key, clock, settings.cluster)))
        await asyncio.Event().wait()


async def refuse_unfit_topics(cluster: Cluster | None) -> None:
    """`TopicUnfit` if the topics are not as they have to be. While Kafka is away nobody can tell, and work begins."""
    if cluster is None:
        return
    try:
        problems = await check(cluster)
    except (KafkaConnectionError, OSError, TimeoutError) as error:
        _log.warning("Kafka is away", servers=cluster.bootstrap_servers, error=str(error))
        return
    if problems:
        raise TopicUnfit(problems)


async def _keep_running(loop: Loop) -> None:
    pause_seconds = PAUSE_SECONDS_FIRST
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await loop.run()
        except Exception as error:  # noqa: BLE001 - the edge of a loop: it is logged, and tried again
            _log.error("loop failed", loop=type(loop).__name__, error=f"{type(error).__name__}: {error}")
        if asyncio.get_running_loop().time() - began > PAUSE_SECONDS_MAX:
            pause_seconds = PAUSE_SECONDS_FIRST  # it was well for a while, so this is a new trouble
        await asyncio.sleep(pause_seconds)
        pause_seconds = min(PAUSE_SECONDS_MAX, pause_seconds * 2)
