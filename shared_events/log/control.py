"""The control topic: which log this is, and how far each source has been relayed (D6, D11)."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
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
        self._beats: dict[tuple[str, int], Heartbeat] = {}
        self._marks: dict[tuple[str, int], Mark] = {}

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
        return list(self._beats.values())

    async def marks(self, source: str) -> dict[int, Mark]:
        """Of each partition, so that whoever looks for the end of a source need not read the whole topic."""
        await self._catch_up()
        return {partition: mark for (of, partition), mark in self._marks.items() if of == source}

    async def beat(
        self, producer: AIOKafkaProducer, beats: Iterable[Heartbeat], reached: Mapping[int, int] | None = None
    ) -> None:
        """Those that say more than the last ones did; `reached` has the last sequence of each partition, if known."""
        await self._catch_up()
        news = [beat for beat in beats if not self._is_old(beat)]
        if not news:
            return
        batch = producer.create_batch()
        for beat in news:
            key = f"{_HEARTBEAT}{beat.source}/{beat.partition}".encode()
            said: dict[str, str | int] = {
                "relayed_through": rfc3339(beat.relayed_through),
                "next_offset": beat.next_offset,
            }
            if reached is not None:
                said["sequence"] = reached.get(beat.partition, 0)
            metadata = batch.append(key=key, value=orjson.dumps(said), timestamp=None)
            assert metadata is not None, "a source has few partitions, so their heartbeats fit into one batch"
        await (await producer.send_batch(batch, self._place.topic, partition=self._place.partition))

    async def close(self) -> None:
        """Leave the cluster; whatever is asked next comes back to it."""
        await asyncio.gather(self._ends.close(), self._member.close())

    def _is_old(self, beat: Heartbeat) -> bool:
        known = self._beats.get((beat.source, beat.partition))
        return known is not None and known.relayed_through >= beat.relayed_through

    async def _catch_up(self) -> None:
        async with self._member.using(_READ_SECONDS_MAX) as consumer:
            if consumer is not self._assigned:
                consumer.assign([self._place])
                self._assigned = consumer
            end = (await self._ends.of([self._place.partition]))[self._place.partition]
            while await consumer.position(self._place) < end:
                for records in (await consumer.getmany(self._place, timeout_ms=200)).values():
                    for record in records:
                        self._take(record.key, record.value)

    def _take(self, key: bytes | None, value: bytes | None) -> None:
        if key is None or value is None:
            return
        if key == IDENTITY:
            self._identity = UUID(value.decode())  # if this cannot be read, nobody may go on
        elif key.startswith(_HEARTBEAT.encode()):
            found = _beat(key, value)
            if found is not None and not self._is_old(found[0]):
                beat, mark = found
                self._beats[beat.source, beat.partition] = beat
                if mark is not None:
                    self._marks[beat.source, beat.partition] = mark


def _beat(key: bytes, value: bytes) -> tuple[Heartbeat, Mark | None] | None:
    """None for what none of our relays wrote: it must not keep everybody from reading on."""
    try:
        source, partition = key.decode().removeprefix(_HEARTBEAT).split("/")
        said = orjson.loads(value)
        through, next_offset = datetime.fromisoformat(said["relayed_through"]), int(said["next_offset"])
        mark = Mark(next_offset, int(said["sequence"])) if "sequence" in said else None
        return Heartbeat(source, int(partition), through, next_offset), mark
    except (ValueError, TypeError, KeyError):
        _log.warning("no heartbeat", key=key.decode(errors="replace"))
        return None
