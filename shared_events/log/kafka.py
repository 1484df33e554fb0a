"""The log on Kafka: the same port as in PostgreSQL, for installations of more than one machine (D6)."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from shared_events.contracts.envelope import Stored
from shared_events.log.cluster import Cluster
from shared_events.log.control import Control
from shared_events.log.kafka_publishing import Publisher
from shared_events.log.kafka_reading import Reader, Record, last_before
from shared_events.log.port import Entry, Heartbeat, LogRefused, PartitionBroken
from shared_events.log.wire import NotAnEvent, stored_from
from shared_events.store.partition import PARTITIONS

_REMEMBERED_MAX: Final = 10_000


class KafkaLog:
    """One instance per consumer and per relay, since each has its own place; it joins the cluster when first asked.

    Kafka itself refuses nothing, so a publisher finds out where its source ends before it sends. Two who publish for
    the same source at once, against their lease, may put an event there twice: consumers drop the second.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._reader = Reader(cluster)
        self._publisher = Publisher(cluster)
        self._control = Control(cluster)
        self._ends: dict[str, dict[int, int]] = {}
        self._sent: OrderedDict[tuple[str, int, int], tuple[UUID, bytes]] = OrderedDict()
        self._publishing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Leave the cluster."""
        await self._reader.close()
        await self._publisher.close()
        await self._control.close()

    async def log_id(self) -> UUID:
        """What `zixun topics apply` wrote when the topics were made."""
        return await self._control.identity()

    async def publish(self, source: str, events: Sequence[Stored]) -> None:
        """See the port; a record a publication is not sure of is looked for before the next one."""
        async with self._publishing[source]:
            if source not in self._ends:
                self._ends[source] = await self.source_ends(source)
            fresh = [event for event in events if not await self._is_there(event)]
            _refuse_gaps(source, self._ends[source], fresh)
            try:
                await self._publisher.send(fresh)
            except BaseException:
                self._ends.pop(source, None)
                raise
            for event in fresh:
                self._ends[source][event.partition] = event.sequence
                self._remember(event)

    async def read(self, offsets: Mapping[int, int], limit: int) -> dict[int, list[Entry]]:
        """See the port."""
        found = await self._reader.read(offsets, limit)
        return {partition: _entries(records) for partition, records in found.items()}

    async def wait(self, offsets: Mapping[int, int], timeout_seconds: float) -> None:
        """Woken by whatever the broker sends."""
        await self._reader.wait(offsets, timeout_seconds)

    async def source_ends(self, source: str) -> dict[int, int]:
        """Looked for from the ends of the partitions backwards."""

        def fits(record: Record) -> bool:
            event = _event(record)
            return event is not None and event.source == source

        found = await last_before(self._cluster, None, range(PARTITIONS), fits)
        return {partition: _entry(record).stored.sequence for partition, record in found.items()}

    async def original(self, entry: Entry) -> Stored | None:
        """See the port. What came before a repetition was checked when it was read, so the nearest one will do."""
        found = await self._nearest(entry.stored, entry.offset)
        if found is None:
            found = await self._nearest(entry.stored, entry.offset + 1)
        return found

    async def beat(self, source: str, relayed_through: Mapping[int, datetime]) -> None:
        """See the port."""
        ends = await self._reader.ends(list(relayed_through))
        beats = [Heartbeat(source, each, moment, ends[each]) for each, moment in relayed_through.items()]
        async with self._publisher.using() as producer:
            await self._control.beat(producer, beats)

    async def heartbeats(self) -> Sequence[Heartbeat]:
        """See the port."""
        return await self._control.heartbeats()

    async def _is_there(self, event: Stored) -> bool:
        """Raises `LogRefused` if another event has its number."""
        if event.sequence > self._ends[event.source].get(event.partition, 0):
            return False
        known = self._sent.get((event.source, event.partition, event.sequence))
        if known is None:
            found = await self._nearest(event, None)
            known = None if found is None else (found.event_id, found.digest)
        if known != (event.event_id, event.digest):
            raise LogRefused(
                f"event {event.event_id} at {event.source}:{event.partition}:{event.sequence} differs from the one "
                f"that the log has there, {'none' if known is None else known[0]}"
            )
        return True

    async def _nearest(self, event: Stored, before: int | None) -> Stored | None:
        """The last event with this number before an offset, or at all."""

        def fits(record: Record) -> bool:
            other = _event(record)
            return other is not None and (other.source, other.sequence) == (event.source, event.sequence)

        bounds = None if before is None else {event.partition: before}
        found = await last_before(self._cluster, bounds, [event.partition], fits)
        return _entry(found[event.partition]).stored if found else None

    def _remember(self, event: Stored) -> None:
        self._sent[event.source, event.partition, event.sequence] = (event.event_id, event.digest)
        if len(self._sent) > _REMEMBERED_MAX:
            self._sent.popitem(last=False)


def _refuse_gaps(source: str, ends: Mapping[int, int], events: Iterable[Stored]) -> None:
    ends = dict(ends)
    for event in events:
        last = ends.get(event.partition, 0)
        if event.sequence != last + 1:
            raise LogRefused(
                f"gap in {source}:{event.partition}: the log ends at {last}, the records go on at {event.sequence}"
            )
        ends[event.partition] = event.sequence


def _entries(records: Sequence[Record]) -> list[Entry]:
    """Up to what is no event; if there is nothing before it, the partition is broken."""
    entries: list[Entry] = []
    for record in records:
        try:
            entries.append(_entry(record))
        except NotAnEvent as error:
            if entries:
                break
            raise PartitionBroken(
                record.partition, f"the record at offset {record.offset} of {record.topic} is no event: {error}"
            ) from error
    return entries


def _event(record: Record) -> Stored | None:
    """None for a record that is no event."""
    try:
        return _entry(record).stored
    except NotAnEvent:
        return None


def _entry(record: Record) -> Entry:
    return Entry(record.offset, stored_from(record.partition, record.key, record.headers, record.value))
