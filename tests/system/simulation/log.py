"""The log in memory; it has one owner of each partition's end, as the engines have."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared_events.contracts.envelope import Stored
from shared_events.log.port import Entry, Heartbeat, LogRefused
from tests.system.simulation.database import Database

LOG_ID = UUID(int=7)


@dataclass(slots=True)
class Entries:
    """What the log keeps."""

    by_partition: dict[int, list[Entry]] = field(default_factory=dict)
    beats: dict[tuple[str, int], Heartbeat] = field(default_factory=dict)
    log_id: UUID = LOG_ID


class MemoryLog:
    """One process's access to the log."""

    def __init__(self, database: Database, entries: Entries) -> None:
        self._database = database
        self.entries = entries
        self._published = asyncio.Condition()

    async def log_id(self) -> UUID:
        return self.entries.log_id

    async def publish(self, source: str, events: Sequence[Stored]) -> None:
        async with self._database.transaction() as transaction:
            for partition in sorted({event.partition for event in events}):
                await self._database.lock(transaction, ("log", partition))
            await self._database.pause()
            fresh = self._fresh(source, events)
            transaction.changes.append(lambda: self._extend(fresh))
        async with self._published:
            self._published.notify_all()

    async def read(self, offsets: Mapping[int, int], limit: int) -> dict[int, list[Entry]]:
        await self._database.pause()
        found = {
            partition: self.entries.by_partition.get(partition, [])[offset : offset + limit]
            for partition, offset in sorted(offsets.items())
        }
        return {partition: batch for partition, batch in found.items() if batch}

    async def wait(self, offsets: Mapping[int, int], timeout_seconds: float) -> None:
        def published() -> bool:
            return any(
                len(self.entries.by_partition.get(partition, [])) > offset for partition, offset in offsets.items()
            )

        try:
            async with asyncio.timeout(timeout_seconds), self._published:
                await self._published.wait_for(published)
        except TimeoutError:
            return

    async def source_ends(self, source: str) -> dict[int, int]:
        await self._database.pause()
        return self._ends(source)

    async def original(self, entry: Entry) -> Stored | None:
        await self._database.pause()
        return self._find(entry.stored.source, entry.stored.partition, entry.stored.sequence)

    async def beat(self, source: str, relayed_through: Mapping[int, datetime]) -> None:
        await self._database.pause()
        for partition, moment in relayed_through.items():
            known = self.entries.beats.get((source, partition))
            end = len(self.entries.by_partition.get(partition, []))
            latest = moment if known is None else max(moment, known.relayed_through)
            self.entries.beats[source, partition] = Heartbeat(source, partition, latest, end)

    async def heartbeats(self) -> Sequence[Heartbeat]:
        await self._database.pause()
        return list(self.entries.beats.values())

    def _fresh(self, source: str, events: Sequence[Stored]) -> list[Stored]:
        ends = self._ends(source)
        fresh: list[Stored] = []
        for event in events:
            end = ends.get(event.partition, 0)
            if event.sequence > end + 1:
                raise LogRefused(f"gap in {source}:{event.partition}: the log ends at {end}, found {event.sequence}")
            if event.sequence == end + 1:
                fresh.append(event)
                ends[event.partition] = event.sequence
                continue
            known = self._find(source, event.partition, event.sequence)
            if known is None or (known.event_id, known.digest) != (event.event_id, event.digest):
                raise LogRefused(f"event {event.event_id} differs from the one that the log has there")
        return fresh

    def _extend(self, fresh: Sequence[Stored]) -> None:
        for event in fresh:
            entries = self.entries.by_partition.setdefault(event.partition, [])
            entries.append(Entry(len(entries), event))

    def _ends(self, source: str) -> dict[int, int]:
        return {
            partition: last
            for partition, entries in self.entries.by_partition.items()
            if (last := max((e.stored.sequence for e in entries if e.stored.source == source), default=0))
        }

    def _find(self, source: str, partition: int, sequence: int) -> Stored | None:
        for entry in self.entries.by_partition.get(partition, []):
            if (entry.stored.source, entry.stored.sequence) == (source, sequence):
                return entry.stored
        return None
