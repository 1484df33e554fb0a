"""Consumers of one topic without a group: how they join the cluster, and how they leave it (D8, D16)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from shared_events.log.cluster import Cluster
from shared_events.log.port import LogUnfit

READ_SECONDS_MAX: Final = 30.0
"""A consumer that does not get what the log has is thrown away after this time, and made anew."""
LEAVE_SECONDS_MAX: Final = 2.0
_LOOKS: Final = 10
_LOOK_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 0.1


class Membership:
    """A consumer that is made when it is first needed, and thrown away when anything fails with it.

    It is used by one task at a time, so that whoever fails throws away nobody else's.
    """

    def __init__(self, cluster: Cluster, topic: str, *, start: str = "none") -> None:
        self._cluster = cluster
        self._topic = topic
        self._start = start
        self._consumer: AIOKafkaConsumer | None = None
        self._using = asyncio.Lock()

    @asynccontextmanager
    async def using(self, seconds_max: float = READ_SECONDS_MAX) -> AsyncIterator[AIOKafkaConsumer]:
        """The one in use, for a bounded time."""
        async with asyncio.timeout(seconds_max), self._using:
            try:
                if self._consumer is None:
                    self._consumer = await started_consumer(self._cluster, self._topic, start=self._start)
                yield self._consumer
            except BaseException:
                await self.close()
                raise

    async def close(self) -> None:
        """Leave the cluster; the next use comes back to it."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await stop_consumer(consumer)


async def started_consumer(cluster: Cluster, topic: str, *, start: str = "none") -> AIOKafkaConsumer:
    """Without a group: who reads which partition is decided by leases, and from where by checkpoints."""
    consumer = AIOKafkaConsumer(
        **cluster.client(),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset=start,
        isolation_level="read_committed",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    try:
        await consumer.start()
        await _require(consumer, topic)
        # Else the first question about its partitions would be put off until the client has heard of them.
        await consumer._client.add_topic(topic)  # noqa: SLF001 - there is no public way to name one without reading it
    except BaseException:
        await stop_consumer(consumer)
        raise
    return consumer


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Leave the cluster at once, whatever the consumer is doing, and whether anybody answers or not.

    Whoever is cancelled meanwhile is so when it has left: it happens where a bound on its time ends, and then another
    one around it. A consumer left half open would keep its connections, and renew them, until the process ends.
    """
    leaving = asyncio.create_task(_leave(consumer))
    cancelled: asyncio.CancelledError | None = None
    while not leaving.done():
        try:
            await asyncio.wait([leaving])
        except asyncio.CancelledError as again:
            cancelled = again
    leaving.result()
    if cancelled is not None:
        raise cancelled


async def _leave(consumer: AIOKafkaConsumer) -> None:
    with suppress(TimeoutError, KafkaError):
        async with asyncio.timeout(LEAVE_SECONDS_MAX):
            await _stop_fetching(consumer)
            await consumer.stop()


async def _stop_fetching(consumer: AIOKafkaConsumer) -> None:
    """What fetches loses its cancellation if that comes while it gives up an old assignment for a new one.

    Then `stop()` would wait for its end for ever; so it is cancelled until it has ended.
    """
    fetcher = consumer._fetcher  # noqa: SLF001 - there is no public way to see whether it has ended
    if fetcher is None:
        return
    task = fetcher._fetch_task  # noqa: SLF001 - as above
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_PATIENCE_SECONDS)


async def _require(consumer: AIOKafkaConsumer, topic: str) -> None:
    """Else the client would ask for it again and again, and say nothing.

    Looked for several times, because a broker that has just been away names no topic whose leader it does not know.
    """
    for _ in range(_LOOKS):
        if topic in await consumer.topics():
            return
        await asyncio.sleep(_LOOK_SECONDS)
    raise LogUnfit(f"there is no topic {topic} on this cluster; set the topics up with `zixun topics apply`")
