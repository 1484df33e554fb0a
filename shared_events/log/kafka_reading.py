"""Reads the topic from given offsets on, forwards for consumers and backwards for who looks for something (D8)."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from shared_events.log.cluster import Cluster
from shared_events.log.port import LogUnfit, PartitionBroken

READ_SECONDS_MAX: Final = 30.0
"""A consumer that does not get what the log has is thrown away after this time, and made anew."""
_LOOKS: Final = 10
_LOOK_SECONDS: Final = 0.5

PATIENCE_SECONDS: Final = 2.0
"""After this time a read is content with what it has, if that is anything."""
_FETCH_MILLISECONDS: Final = 200
_WINDOW: Final = 500
_WINDOW_GROWTH: Final = 4
_WINDOW_MAX: Final = 50_000
_LOOKED_AT_ONCE: Final = 1_000
"""So many records are looked at before other tasks of the process get their turn."""

Record = Any
"""`aiokafka.ConsumerRecord`, which has no types."""


class Ends:
    """Asks where the partitions of a topic end, over connections of its own.

    A broker answers the requests of a connection one after the other, and one that fetches waits for records, up to
    half a second: whoever asked over that connection would wait as long.
    """

    def __init__(self, cluster: Cluster, topic: str) -> None:
        self._cluster = cluster
        self._topic = topic
        self._consumer: AIOKafkaConsumer | None = None
        self._starting = asyncio.Lock()

    async def of(self, partitions: Iterable[int]) -> dict[int, int]:
        """The offset after the last record of each partition."""
        try:
            async with asyncio.timeout(READ_SECONDS_MAX):
                consumer = await self._started()
                ends = await consumer.end_offsets([TopicPartition(self._topic, each) for each in partitions])
        except BaseException:
            await self.close()
            raise
        return {place.partition: end for place, end in ends.items()}

    async def close(self) -> None:
        """Leave the cluster; the next question comes back to it."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()

    async def _started(self) -> AIOKafkaConsumer:
        async with self._starting:  # relays that share this ask at the same time where it ends
            if self._consumer is None:
                self._consumer = await started_consumer(self._cluster, self._topic)
            return self._consumer


class Reader:
    """One place per partition; what was fetched beyond a limit waits for the next read."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._ends = Ends(cluster, cluster.events_topic)
        self._consumer: AIOKafkaConsumer | None = None
        self._next: dict[int, int] = {}
        self._fetched: dict[int, deque[Record]] = {}

    async def read(self, offsets: Mapping[int, int], limit: int) -> dict[int, list[Record]]:
        """What is there now, up to `limit` records of each partition, or what came in time. Raises `PartitionBroken`.

        Over a slow link that is a part of it, so that each read makes some progress.
        """
        if not offsets:
            return {}
        try:
            async with asyncio.timeout(READ_SECONDS_MAX):
                consumer = await self._placed(offsets)
                ends = await self._ends.of(offsets)
                for partition, offset in offsets.items():
                    _check_end(partition, offset, ends[partition])
                until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
                while lacking := await self._lacking(consumer, ends, limit):
                    await self._fetch(consumer, _FETCH_MILLISECONDS, lacking)
                    if any(self._fetched.values()) and asyncio.get_running_loop().time() > until:
                        break
        except BaseException:
            await self.close()
            raise
        return {partition: taken for partition in offsets if (taken := self._take(partition, limit))}

    async def wait(self, offsets: Mapping[int, int], timeout_seconds: float) -> None:
        """Return when there is something at these offsets, or after the timeout."""
        if not offsets:
            await asyncio.sleep(timeout_seconds)
            return
        try:
            consumer = await self._placed(offsets)
            if not any(self._fetched.values()):
                await self._fetch(consumer, round(timeout_seconds * 1000), [*map(self._place, offsets)])
        except BaseException:
            await self.close()
            raise

    async def ends(self, partitions: Sequence[int]) -> dict[int, int]:
        """The offset after the last record of each partition."""
        return await self._ends.of(partitions)

    async def close(self) -> None:
        """Leave the cluster; the next read comes back to it."""
        await self._ends.close()
        consumer, self._consumer = self._consumer, None
        self._next.clear()
        self._fetched.clear()
        if consumer is not None:
            await consumer.stop()

    async def _placed(self, offsets: Mapping[int, int]) -> AIOKafkaConsumer:
        if self._consumer is None:
            self._consumer = await started_consumer(self._cluster, self._cluster.events_topic)
        consumer = self._consumer
        wanted = {self._place(partition) for partition in offsets}
        if consumer.assignment() != wanted:
            consumer.assign(list(wanted))
            self._next.clear()
            self._fetched = {partition: deque() for partition in offsets}
        for partition, offset in offsets.items():
            if self._next.get(partition) != offset:
                consumer.seek(self._place(partition), offset)
                self._fetched[partition].clear()
                self._next[partition] = offset
        return consumer

    async def _lacking(self, consumer: AIOKafkaConsumer, ends: Mapping[int, int], limit: int) -> list[TopicPartition]:
        """Of which partitions there is more, and it is wanted. The others wait in their brokers, not in memory."""
        places = [self._place(partition) for partition, fetched in self._fetched.items() if len(fetched) < limit]
        return [place for place in places if await consumer.position(place) < ends[place.partition]]

    async def _fetch(self, consumer: AIOKafkaConsumer, milliseconds: int, places: Sequence[TopicPartition]) -> None:
        try:
            fetched = await consumer.getmany(*places, timeout_ms=milliseconds)
        except OffsetOutOfRangeError as error:
            ((place, offset),) = list(error.args[0].items())[:1]
            raise await self._trimmed(consumer, place, offset) from error
        for place, records in fetched.items():
            self._fetched[place.partition].extend(records)

    async def _trimmed(self, consumer: AIOKafkaConsumer, place: TopicPartition, offset: int) -> PartitionBroken:
        begin = (await consumer.beginning_offsets([place]))[place]
        return PartitionBroken(
            place.partition,
            f"{place.topic} begins at offset {begin} in partition {place.partition}, but {offset} is wanted: what lies "
            "between is gone from Kafka. Set its retention right with `zixun topics apply`; the ledger's archive has "
            "what is missing, and a consumer can be rebuilt from there",
        )

    def _take(self, partition: int, limit: int) -> list[Record]:
        fetched = self._fetched[partition]
        taken = [fetched.popleft() for _ in range(min(limit, len(fetched)))]
        if taken:
            self._next[partition] = taken[-1].offset + 1
        return taken

    def _place(self, partition: int) -> TopicPartition:
        return TopicPartition(self._cluster.events_topic, partition)


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
    except BaseException:
        await consumer.stop()
        raise
    return consumer


async def last_before(
    cluster: Cluster,
    bounds: Mapping[int, int] | None,
    partitions: Sequence[int],
    fits: Callable[[Record], bool],
    *,
    window: int = _WINDOW,
    floors: Mapping[int, int] | None = None,
) -> dict[int, Record]:
    """The last record of each partition before its bound (or the end) that fits; none of a partition that has none.

    Nothing is looked for before the floors. Windows of records are looked at, every record of each, from the last one
    backwards until one fits.
    """
    places = [TopicPartition(cluster.events_topic, partition) for partition in partitions]
    consumer = await started_consumer(cluster, cluster.events_topic)
    try:
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        found: dict[int, Record] = {}
        for place in places:
            bound = ends[place] if bounds is None else min(bounds[place.partition], ends[place])
            begin = max(begins[place], (floors or {}).get(place.partition, 0))
            record = await _search(consumer, place, (begin, bound, window), fits)
            if record is not None:
                found[place.partition] = record
        return found
    finally:
        await consumer.stop()


async def _require(consumer: AIOKafkaConsumer, topic: str) -> None:
    """Else the client would ask for it again and again, and say nothing.

    Looked for several times, because a broker that has just been away names no topic whose leader it does not know.
    """
    for _ in range(_LOOKS):
        if topic in await consumer.topics():
            return
        await asyncio.sleep(_LOOK_SECONDS)
    raise LogUnfit(f"there is no topic {topic} on this cluster; set the topics up with `zixun topics apply`")


async def _search(
    consumer: AIOKafkaConsumer, place: TopicPartition, bounds: tuple[int, int, int], fits: Callable[[Record], bool]
) -> Record | None:
    """In windows that grow, because what is looked for is mostly near the end."""
    begin, upper, window = bounds
    consumer.assign([place])
    while upper > begin:
        lower = max(begin, upper - window)
        consumer.seek(place, lower)
        fitting = await _last_fitting(consumer, place, upper, fits)
        if fitting is not None:
            return fitting
        upper, window = lower, min(_WINDOW_MAX, window * _WINDOW_GROWTH)
    return None


async def _last_fitting(
    consumer: AIOKafkaConsumer, place: TopicPartition, upper: int, fits: Callable[[Record], bool]
) -> Record | None:
    """From where the consumer is up to an offset; every record there is looked at, and only one kept."""
    last = None
    async with asyncio.timeout(READ_SECONDS_MAX):
        while await consumer.position(place) < upper:
            fetched = await consumer.getmany(place, timeout_ms=_FETCH_MILLISECONDS, max_records=_LOOKED_AT_ONCE)
            for record in fetched.get(place, ()):
                if record.offset < upper and fits(record):
                    last = record
            await asyncio.sleep(0)
    return last


def _check_end(partition: int, offset: int, end: int) -> None:
    if offset > end:
        raise PartitionBroken(
            partition,
            f"offset {offset} of partition {partition} is wanted, but the log ends at {end}: the topic was made anew "
            "or has lost records. Bring it back, or point this installation at the log that it has read",
        )
