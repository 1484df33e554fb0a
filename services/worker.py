"""Runs relays and consumers until it is told to stop; one that fails is started again, ever more slowly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from aiokafka.errors import KafkaConnectionError

from services.observability.loops import WatchedLoop
from services.wiring import Zixun
from shared_events.log.administration import CredentialsRefused
from shared_events.log.cluster import Cluster
from shared_events.log.topics import TopicUnfit, check

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def working(zixun: Zixun) -> AsyncIterator[None]:
    """Relay and consume while the block runs; `zixun.loops` tells how that goes."""
    watched = [
        *(WatchedLoop(f"relay {relay.source}", relay, zixun.clock) for relay in zixun.relays),
        *(WatchedLoop("archiver", archiver, zixun.clock) for archiver in zixun.archivers),
        *(WatchedLoop(f"consumer {runner.name}", runner, zixun.clock) for runner in zixun.runners),
    ]
    zixun.loops.watched.extend(watched)
    tasks = [asyncio.create_task(_keep_running(each)) for each in watched]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in watched:
            with suppress(Exception):
                await each.loop.stop()
        zixun.loops.watched.clear()
        await zixun.presence.leave()
        # Last, when all that others may want to have is theirs.
        await asyncio.gather(*(log.close() for log in zixun.kafka_logs))


async def refuse_unfit_topics(cluster: Cluster | None) -> None:
    """`TopicUnfit` if the topics are not as they have to be. While Kafka is away nobody can tell, and work begins."""
    if cluster is None:
        return
    try:
        problems = await check(cluster)
    except CredentialsRefused:
        raise
    except (KafkaConnectionError, OSError, TimeoutError) as error:
        _log.warning("Kafka is away", servers=cluster.bootstrap_servers, error=str(error))
        return
    if problems:
        raise TopicUnfit(problems)


async def _keep_running(watched: WatchedLoop) -> None:
    while True:
        watched.begins()
        try:
            await _run(watched)
        except Exception as error:  # noqa: BLE001 - the edge of a loop: it is logged, and tried again
            pause_seconds = watched.fails(error)
            _log.error("loop failed", loop=watched.name, error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(pause_seconds)


async def _run(watched: WatchedLoop) -> None:
    """A client may cancel tasks of its own and let who waits for them have that: nobody has ended this loop then."""
    try:
        await watched.loop.run()
    except asyncio.CancelledError as cancelled:
        task = asyncio.current_task()
        assert task is not None, "it runs in one"
        if task.cancelling():
            raise
        raise ConnectionAbortedError("what it waited for was cancelled, but it was not") from cancelled
