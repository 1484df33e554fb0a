"""Reads the topic from given offsets on, and asks where it ends (D8)."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import LeaderNotAvailableError, OffsetOutOfRangeError

from shared_events.log.cluster import REQUEST_MILLISECONDS, Cluster
from shared_events.log.kafka_consumers import READ_SECONDS_MAX, Membership
from shared_events.log.port import PartitionBroken

PATIENCE_SECONDS: Final = 2.0
"""After this time a read is content with what it has, if that is anything."""
DOUBT_SECONDS_MAX: Final = 3.0
"""So long an end before what was read already may be that of a broker that has not heard the news."""
_DOUBT_SECONDS: Final = 0.2
_FETCH_MILLISECONDS: Final = 200
_NOBODY: Final = -1
"""How Kafka names the leader of a partition that has none."""

Record = Any
"""`aiokafka.ConsumerRecord`, which has no types."""


class Ends:
    """Asks where the partitions of a topic end, over connections of its own.

    A broker answers the requests of a connection one after the other, and one that fetches waits for records, up to
    half a second: whoever asked over that connection would wait as long.
    """

    def __init__(self, cluster: Cluster, topic: str) -> None:
        self._topic = topic
        self._member = Membership(cluster, topic)

    async def of(self, partitions: Iterable[int]) -> dict[int, int]:
        """The offset after the last record of each partition."""
        async with self._member.using() as consumer:
            return _by_number(await consumer.end_offsets(self._places(partitions)))

    async def of_led(self, partitions: Iterable[int]) -> dict[int, int]:
        """As above, without those partitions that have no leader now. Raises if none has one."""
        async with self._member.using() as consumer:
            while led := await _led(consumer, self._places(partitions)):
                try:
                    async with asyncio.timeout(REQUEST_MILLISECONDS / 1000):
                        return _by_number(await consumer.end_offsets(led))
                except TimeoutError:
                    # The client asks for all of them until each is answered: has one lost its leader meanwhile?
                    await _refreshed(consumer)
            raise LeaderNotAvailableError(self._topic)

    async def close(self) -> None:
        """Leave the cluster; the next question comes back to it."""
        await self._member.close()

    def _places(self, partitions: Iterable[int]) -> list[TopicPartition]:
        return [TopicPartition(self._topic, each) for each in partitions]


class Reader:
    """One place per partition; what was fetched beyond a limit waits for the next read."""

    def __init__(self, cluster: Cluster) -> None:
        self._topic = cluster.events_topic
        self._ends = Ends(cluster, self._topic)
        self._member = Membership(cluster, self._topic)
        self._placed_with: AIOKafkaConsumer | None = None
        self._next: dict[int, int] = {}
        self._fetched: dict[int, deque[Record]] = {}

    async def read(self, offsets: Mapping[int, int], limit: int) -> dict[int, list[Record]]:
        """What is there now, up to `limit` records of each partition, or what came in time. Raises `PartitionBroken`.

        Over a slow link that is a part of it, so that each read makes some progress; of a partition without a leader
        it is nothing.
        """
        if not offsets:
            return {}
        async with self._member.using() as consumer:
            self._place_all(consumer, offsets)
            wanting = {each: offset for each, offset in offsets.items() if len(self._fetched[each]) < limit}
            ends = await self._plausible_ends(wanting) if wanting else {}
            until = _now() + PATIENCE_SECONDS
            while lacking := await self._lacking(consumer, ends, limit):
                await self._fetch(consumer, _FETCH_MILLISECONDS, lacking)
                if any(self._fetched.values()) and _now() > until:
                    break
            return {partition: taken for partition in offsets if (taken := self._take(partition, limit))}

    async def wait(self, offsets: Mapping[int, int], timeout_seconds: float) -> None:
        """Return when there is something at these offsets, or after the timeout."""
        if not offsets:
            await asyncio.sleep(timeout_seconds)
            return
        async with self._member.using(READ_SECONDS_MAX + timeout_seconds) as consumer:
            self._place_all(consumer, offsets)
            if not any(self._fetched.values()):
                await self._fetch(consumer, round(timeout_seconds * 1000), [*map(self._place, offsets)])

    async def ends(self, partitions: Sequence[int]) -> dict[int, int]:
        """The offset after the last record of each partition."""
        return await self._ends.of(partitions)

    async def ends_of_led(self, partitions: Sequence[int]) -> dict[int, int]:
        """As above, without the partitions that have no leader now."""
        return await self._ends.of_led(partitions)

    async def close(self) -> None:
        """Leave the cluster; the next read comes back to it."""
        await asyncio.gather(self._ends.close(), self._member.close())

    def _place_all(self, consumer: AIOKafkaConsumer, offsets: Mapping[int, int]) -> None:
        wanted = {self._place(partition) for partition in offsets}
        is_new = self._placed_with is not consumer
        if is_new or consumer.assignment() != wanted:
            consumer.assign(list(wanted))
            self._placed_with = consumer
            self._next.clear()
            self._fetched = {partition: deque() for partition in offsets}
        for partition, offset in offsets.items():
            if self._next.get(partition) != offset:
                consumer.seek(self._place(partition), offset)
                self._fetched[partition].clear()
                self._next[partition] = offset

    async def _plausible_ends(self, offsets: Mapping[int, int]) -> dict[int, int]:
        """Raises `PartitionBroken` if a partition ends before its offset, and goes on to do so."""
        until = _now() + DOUBT_SECONDS_MAX
        while True:
            ends = await self._ends.of_led(offsets)
            short = [partition for partition, end in ends.items() if offsets[partition] > end]
            if not short:
                return ends
            if _now() > until:
                raise _lost(short[0], offsets[short[0]], ends[short[0]])
            await asyncio.sleep(_DOUBT_SECONDS)

    async def _lacking(self, consumer: AIOKafkaConsumer, ends: Mapping[int, int], limit: int) -> list[TopicPartition]:
        """Of which partitions there is more, and it is wanted. The others wait in their brokers, not in memory."""
        places = [self._place(partition) for partition in ends if len(self._fetched[partition]) < limit]
        return [place for place in places if await consumer.position(place) < ends[place.partition]]

    async def _fetch(self, consumer: AIOKafkaConsumer, milliseconds: int, places: Sequence[TopicPartition]) -> None:
        try:
            fetched = await consumer.getmany(*places, timeout_ms=milliseconds)
        except OffsetOutOfRangeError as error:
            ((place, offset),) = list(error.args[0].items())[:1]
            begin = (await consumer.beginning_offsets([place]))[place]
            if offset < begin:
                raise _trimmed(place, offset, begin) from error
            return  # the offset lay behind the end, as the broker knew it: the ends say whether it goes on to do so
        for place, records in fetched.items():
            self._fetched[place.partition].extend(records)

    def _take(self, partition: int, limit: int) -> list[Record]:
        fetched = self._fetched[partition]
        taken = [fetched.popleft() for _ in range(min(limit, len(fetched)))]
        if taken:
            self._next[partition] = taken[-1].offset + 1
        return taken

    def _place(self, partition: int) -> TopicPartition:
        return TopicPartition(self._topic, partition)


async def _led(consumer: AIOKafkaConsumer, places: Sequence[TopicPartition]) -> list[TopicPartition]:
    """Those that have a leader, as far as the client knows."""
    cluster = consumer._client.cluster  # noqa: SLF001 - there is no public way to ask who leads a partition

    def led() -> list[TopicPartition]:
        return [place for place in places if cluster.leader_for_partition(place) not in (None, _NOBODY)]

    if len(led()) < len(places):
        await _refreshed(consumer)
    return led()


async def _refreshed(consumer: AIOKafkaConsumer) -> None:
    await consumer._client.force_metadata_update()  # noqa: SLF001 - there is no public way to ask for it


def _by_number(ends: Mapping[TopicPartition, int]) -> dict[int, int]:
    return {place.partition: end for place, end in ends.items()}


def _now() -> float:
    return asyncio.get_running_loop().time()


def _trimmed(place: TopicPartition, offset: int, begin: int) -> PartitionBroken:
    return PartitionBroken(
        place.partition,
        f"{place.topic} begins at offset {begin} in partition {place.partition}, but {offset} is wanted: what lies "
        "between is gone from Kafka. Set its retention right with `zixun topics apply`; the ledger's archive has what "
        "is missing, and a consumer can be rebuilt from there",
    )


def _lost(partition: int, offset: int, end: int) -> PartitionBroken:
    return PartitionBroken(
        partition,
        f"offset {offset} of partition {partition} is wanted, but the log ends at {end}: the topic was made anew "
        "or has lost records. Bring it back, or point this installation at the log that it has read",
    )
