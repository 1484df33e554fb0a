"""The control topic: which log this is, and how far each source has been relayed (D6, D11)."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared_events.contracts.envelope import rfc3339
from shared_events.log.cluster import Cluster
from shared_events.log.kafka_consumers import Membership
from shared_events.log.kafka_reading import Ends
from shared_events.log.port import Heartbeat, LogUnfit

IDENTITY: Final = b"identity"
_HEARTBEAT: Final = "heartbeat/"
_log = structlog.get_logger(__name__)
_READ_SECONDS_MAX: Final = 20.0
"""Longer than a broker may take for one request, so that another one can be asked."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Before `next_offset` of a partition, the last event of a source has this sequence, 0 for none.

    As its relay knew it; one that had lost its lease may have known too little.
    """

    next_offset: int
    sequence: int


@dataclass(frozen=True, slots=True)
class _Beat:
    heartbeat: Heartbeat
    sequence: int | None
    """The last one of its source before the heartbeat's offset, as above; none where nobody looked."""


class Control:
    """Reads on from where it stopped; a compacted topic may be read again from the beginning at any time.

    A consumer that fails, or does not get what the topic has, is thrown away.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._place = TopicPartition(cluster.control_topic, 0)
        self._member = Membership(cluster, cluster.control_topic, start="earliest")
        self._assigned: AIOKafkaConsumer | None = None
        self._ends = Ends(cluster, cluster.control_topic)
        self._identity: UUID | None = None
        self._beats: defaultdict[str, dict[int, _Beat]] = defaultdict(dict)

    async def identity(self) -> UUID:
        """Which log this is. Raises `LogUnfit` if nobody has set it up."""
        if self._identity is None:
            await self._catch_up()
        if self._identity is None:
            raise LogUnfit(
                f"the topic {self._cluster.control_topic} does not say which log this is; "
                "set the topics up with `zixun topics apply`"
            )
        return self._identity

    async def heartbeats(self) -> Sequence[Heartbeat]:
        """The last of each source and partition."""
        await self._catch_up()
        return [beat.heartbeat for of_source in self._beats.values() for beat in of_source.values()]

    async def marks(self, source: str) -> dict[int, Mark]:
        """Of each partition, so that whoever looks for the end of a source need not read the whole topic."""
        await self._catch_up()
        return {
            partition: Mark(beat.heartbeat.next_offset, beat.sequence)
            for partition, beat in self._beats[source].items()
            if beat.sequence is not None
        }

    async def beat(
        self, producer: AIOKafkaProducer, beats: Iterable[Heartbeat], reached: Mapping[int, int] | None = None
    ) -> None:
        """One record for each source of which these say more than the last ones did, with all that is known of it.

        `reached` has the last sequence of each partition, if known.
        """
        await self._catch_up()
        news: defaultdict[str, dict[int, _Beat]] = defaultdict(dict)
        for beat in beats:
            if not self._is_old(beat):
                sequence = None if reached is None else reached.get(beat.partition, 0)
                news[beat.source][beat.partition] = _Beat(beat, sequence)
        if not news:
            return
        batch = producer.create_batch()
        for source, new in news.items():
            value = _encoded(self._beats[source] | new)
            metadata = batch.append(key=f"{_HEARTBEAT}{source}".encode(), value=value, timestamp=None)
            assert metadata is not None, "there are few sources, so their heartbeats fit into one batch"
        await (await producer.send_batch(batch, self._place.topic, partition=self._place.partition))

    async def close(self) -> None:
        """Leave the cluster; whatever is asked next comes back to it."""
        await asyncio.gather(self._ends.close(), self._member.close())

    def _is_old(self, beat: Heartbeat) -> bool:
        known = self._beats[beat.source].get(beat.partition)
        return known is not None and known.heartbeat.relayed_through >= beat.relayed_through

    async def _catch_up(self) -> None:
        async with self._member.using(_READ_SECONDS_MAX) as consumer:
            if consumer is not self._assigned:
                consumer.assign([self._place])
                self._assigned = consumer
            end = (await self._ends.of([self._place.partition]))[self._place.partition]
            while await consumer.position(self._place) < end:
                for records in (await consumer.getmany(self._place, timeout_ms=200)).values():
                    # The last one of each key says it all, and there may be an hour of them.
                    for key, value in {record.key: record.value for record in records}.items():
                        self._take(key, value)

    def _take(self, key: bytes | None, value: bytes | None) -> None:
        if key is None or value is None:
            return
        if key == IDENTITY:
            self._identity = UUID(value.decode())  # if this cannot be read, nobody may go on
        elif key.startswith(_HEARTBEAT.encode()):
            for beat in _decoded(key, value):
                if not self._is_old(beat.heartbeat):
                    self._beats[beat.heartbeat.source][beat.heartbeat.partition] = beat


def _encoded(beats: Mapping[int, _Beat]) -> bytes:
    """By moment, because most partitions have the same: `{moment: {partition: [next offset, sequence or null]}}`."""
    said: defaultdict[str, dict[str, tuple[int, int | None]]] = defaultdict(dict)
    for partition, beat in beats.items():
        moment = rfc3339(beat.heartbeat.relayed_through)
        said[moment][str(partition)] = beat.heartbeat.next_offset, beat.sequence
    return orjson.dumps(said)


def _decoded(key: bytes, value: bytes) -> Sequence[_Beat]:
    """Nothing for what none of our relays wrote: it must not keep everybody from reading on."""
    try:
        return list(_beats_in(key.decode().removeprefix(_HEARTBEAT), orjson.loads(value)))
    except (ValueError, TypeError, AttributeError):
        _log.warning("no heartbeat", key=key.decode(errors="replace"))
        return []


def _beats_in(source: str, said: Mapping[str, Mapping[str, tuple[int, int | None]]]) -> Iterator[_Beat]:
    for moment, partitions in said.items():
        through = datetime.fromisoformat(moment)
        for partition, (next_offset, sequence) in partitions.items():
            last = None if sequence is None else int(sequence)
            yield _Beat(Heartbeat(source, int(partition), through, int(next_offset)), last)
