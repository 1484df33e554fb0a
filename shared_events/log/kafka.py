"""The log on Kafka: the same port as in PostgreSQL, for installations of more than one machine (D6)."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from shared_events.contracts.envelope import Stored
from shared_events.log.cluster import Cluster
from shared_events.log.control import Control, Mark
from shared_events.log.kafka_publishing import Publisher
from shared_events.log.kafka_reading import Reader, Record
from shared_events.log.kafka_searching import last_before
from shared_events.log.port import Entry, Heartbeat, LogRefused, PartitionBroken
from shared_events.log.wire import SOURCE_HEADER, SOURCE_PREFIX, NotAnEvent, stored_from
from shared_events.store.partition import PARTITIONS

_REMEMBERED_MAX: Final = 10_000
_TAIL: Final = 3_000
"""Records of every source; more than a relay publishes to a partition at once."""
_RUN_MAX: Final = 1_000
_RUNS_MAX: Final = 4
"""A consumer takes in three partitions at once."""

Place = tuple[str, int, int]
"""Source, partition, sequence."""

Fingerprint = tuple[UUID, bytes]
"""An event's id and digest."""


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
        self._sent: OrderedDict[Place, Fingerprint] = OrderedDict()
        self._before: OrderedDict[tuple[str, int], dict[int, Entry]] = OrderedDict()
        self._publishing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Leave the cluster."""
        await asyncio.gather(self._reader.close(), self._publisher.close(), self._control.close())

    async def log_id(self) -> UUID:
        """What `zixun topics apply` wrote when the topics were made."""
        return await self._control.identity()

    async def publish(self, source: str, events: Sequence[Stored]) -> None:
        """See the port; a record a publication is not sure of is looked for before the next one."""
        async with self._publishing[source]:
            if source not in self._ends or not _goes_on(self._ends[source], events):
                # The first publication, or another process has relayed in the meantime.
                await self.source_ends(source)
            if not _goes_on(self._ends[source], events):
                # What a relay without a lease has marked may be too little; what is in the topic counts.
                self._ends[source] = await self._searched(source, {})
            fresh = await self._fresh(source, events)
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
        entries = {}
        for partition, records in found.items():
            entries[partition] = _entries(records)
            await asyncio.sleep(0)  # a thousand of them take some milliseconds, in which nobody else has a turn
        return entries

    async def wait(self, offsets: Mapping[int, int], timeout_seconds: float) -> None:
        """Woken by whatever the broker sends."""
        await self._reader.wait(offsets, timeout_seconds)

    async def source_ends(self, source: str) -> dict[int, int]:
        """Looked for from the ends of the partitions back to where the last heartbeat says what came before it."""
        ends = await self._searched(source, await self._control.marks(source))
        self._ends[source] = dict(ends)
        return ends

    async def _searched(self, source: str, marks: Mapping[int, Mark]) -> dict[int, int]:
        """The last record need not have the last number: a relay that woke late may have repeated a batch behind it."""
        there = await self._reader.ends(range(PARTITIONS))
        # A mark behind the end is of another topic, or of one that has lost records.
        marks = {partition: mark for partition, mark in marks.items() if mark.next_offset <= there[partition]}
        ends = {partition: mark.sequence for partition, mark in marks.items() if mark.sequence}

        def fits(record: Record) -> bool:
            event = _event(record, source)
            if event is None:
                return False
            ends[event.partition] = max(event.sequence, ends.get(event.partition, 0))
            return True

        floors = {partition: mark.next_offset for partition, mark in marks.items()}
        await last_before(self._cluster, there, range(PARTITIONS), fits, window=_TAIL, floors=floors)
        return ends

    async def original(self, entry: Entry) -> Stored | None:
        """See the port. What came before a repetition was checked when it was read, so any one of it will do."""
        stored = entry.stored
        known = self._before.get((stored.source, stored.partition), {}).get(stored.sequence)
        if known is None or known.offset >= entry.offset:
            known = (await self._run_before(entry)).get(stored.sequence)
        return await self._nearest(stored, entry.offset + 1) if known is None else known.stored

    async def beat(self, source: str, relayed_through: Mapping[int, datetime]) -> None:
        """See the port."""
        ends = await self._reader.ends_of_led(list(relayed_through))
        beats = [Heartbeat(source, each, relayed_through[each], end) for each, end in ends.items()]
        async with self._publisher.using() as producer:
            # Asked for after the ends, so that nothing lies before them that it does not know.
            await self._control.beat(producer, beats, self._ends.get(source))

    async def heartbeats(self) -> Sequence[Heartbeat]:
        """See the port."""
        return await self._control.heartbeats()

    async def _fresh(self, source: str, events: Sequence[Stored]) -> list[Stored]:
        """Those that the log has not yet. Raises `LogRefused` if it has another event under the number of one."""
        ends = self._ends[source]
        there = [event for event in events if event.sequence <= ends.get(event.partition, 0)]
        found = await self._found(source, [event for event in there if _place(event) not in self._sent])
        for event in there:
            place = _place(event)
            known = {self._sent[place]} if place in self._sent else found.get(place, set())
            if _fingerprint(event) not in known:
                has = ", ".join(str(event_id) for event_id, _ in known) or "none"
                raise LogRefused(
                    f"event {event.event_id} at {event.source}:{event.partition}:{event.sequence} differs from the "
                    f"one that the log has there, {has}"
                )
        return [event for event in events if event.sequence > ends.get(event.partition, 0)]

    async def _found(self, source: str, events: Sequence[Stored]) -> dict[Place, set[Fingerprint]]:
        """What the log has under the numbers of these, by one walk back through each partition."""
        missing: defaultdict[int, set[int]] = defaultdict(set)
        for event in events:
            missing[event.partition].add(event.sequence)
        found: defaultdict[Place, set[Fingerprint]] = defaultdict(set)

        def fits(record: Record) -> bool:
            event = _event(record, source)
            if event is None:
                return False
            found[_place(event)].add(_fingerprint(event))
            missing[event.partition].discard(event.sequence)
            return not missing[event.partition]

        if missing:
            await last_before(self._cluster, None, list(missing), fits)
        return found

    async def _run_before(self, entry: Entry) -> dict[int, Entry]:
        """What has this entry's number before it, and the next ones: who repeats one event repeats a run of them."""
        stored, found = entry.stored, dict[int, Entry]()

        def fits(record: Record) -> bool:
            event = _event(record, stored.source)
            if event is None or not 0 <= event.sequence - stored.sequence < _RUN_MAX:
                return False
            found[event.sequence] = Entry(record.offset, event)
            return event.sequence == stored.sequence

        await last_before(self._cluster, {stored.partition: entry.offset}, [stored.partition], fits)
        self._before[stored.source, stored.partition] = found
        if len(self._before) > _RUNS_MAX:
            self._before.popitem(last=False)
        return found

    async def _nearest(self, event: Stored, before: int) -> Stored | None:
        """The last event with this number before an offset."""

        def fits(record: Record) -> bool:
            other = _event(record, event.source)
            return other is not None and other.sequence == event.sequence

        found = await last_before(self._cluster, {event.partition: before}, [event.partition], fits)
        return _entry(found[event.partition]).stored if found else None

    def _remember(self, event: Stored) -> None:
        self._sent[_place(event)] = _fingerprint(event)
        if len(self._sent) > _REMEMBERED_MAX:
            self._sent.popitem(last=False)


def _goes_on(ends: Mapping[int, int], events: Sequence[Stored]) -> bool:
    """Whether nothing lies between these ends and the events."""
    firsts = {event.partition: event.sequence for event in reversed(events)}
    return all(first <= ends.get(partition, 0) + 1 for partition, first in firsts.items())


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


def _event(record: Record, source: str) -> Stored | None:
    """None for a record that is no event, or one of another source, which is seen without reading all of it."""
    if (SOURCE_HEADER, (SOURCE_PREFIX + source).encode()) not in record.headers:
        return None
    try:
        return _entry(record).stored
    except NotAnEvent:
        return None


def _entry(record: Record) -> Entry:
    return Entry(record.offset, stored_from(record.partition, record.key, record.headers, record.value))


def _place(event: Stored) -> Place:
    return event.source, event.partition, event.sequence


def _fingerprint(event: Stored) -> Fingerprint:
    return event.event_id, event.digest
