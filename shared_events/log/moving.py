"""Takes the log of PostgreSQL to Kafka, to the offsets that it has, so that every checkpoint stays valid (D6).

The offsets of both count from 0 without a gap, and the topic of the events holds nothing else; so what is published in
order to an empty topic stands where it stood. The log keeps its identity.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

import asyncpg

from shared_events.log.cluster import Cluster
from shared_events.log.control import Control
from shared_events.log.engine import kept_log
from shared_events.log.kafka import KafkaLog
from shared_events.log.kafka_publishing import SEND_SECONDS_MAX, Publisher
from shared_events.log.kafka_reading import Reader
from shared_events.log.port import Entry, LogUnfit, PartitionBroken
from shared_events.log.postgres import PostgresLog
from shared_events.log.topics import TopicUnfit, check, identity, write_identity

BATCH_MAX: Final = 250
"""Entries of each partition that are read, published and compared at once."""

Begin = Callable[[str], Callable[[int, int], None]]
"""Begins a report under a name; that is told how much of how much is done."""


class MoveRefused(LogUnfit):
    """The log is not moved, and stays where it was; the message says why, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of it: events by partition, none if all was done before.

    `found` of them were in Kafka already, from a move that was interrupted.
    """

    log_id: UUID
    events: Mapping[int, int]
    found: int
    heartbeats: int


class Move:
    """One attempt. `stay_alone` is asked again and again, and raises if somebody else may relay meanwhile."""

    def __init__(
        self, pool: asyncpg.Pool, cluster: Cluster, *, stay_alone: Callable[[], Awaitable[None]], begin: Begin
    ) -> None:
        self._pool = pool
        self._cluster = cluster
        self._stay_alone = stay_alone
        self._begin = begin
        self._here = PostgresLog(pool)
        self._there = KafkaLog(cluster)
        self._reader = Reader(cluster)
        self._publisher = Publisher(cluster)
        self._control = Control(cluster)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for part in (self._there, self._reader, self._publisher, self._control):
            await part.close()

    async def carry_out(self) -> Moved:
        """Publish, compare, and only then let the database say where the log is. Raises `MoveRefused`."""
        problems = await check(self._cluster)
        if problems:
            raise TopicUnfit(problems)
        await self._stay_alone()
        kept = await kept_log(self._pool)
        log_id = kept.log_id
        if kept.engine == "kafka":
            return await self._moved_before(log_id)
        ends = await self._ends()
        found = await self._prepare(log_id, ends)
        await self._publish(found, ends)
        beats = await self._here.heartbeats()
        async with asyncio.timeout(SEND_SECONDS_MAX):
            await self._control.beat(await self._publisher.producer(), beats)
        await self._compare(ends, "Events compared")
        await self._stay_alone()
        await self._settle(log_id, ends)
        return Moved(log_id, ends, sum(found.values()), len(beats))

    async def _moved_before(self, log_id: UUID) -> Moved:
        found = await identity(self._cluster)
        if found != log_id:
            raise MoveRefused(
                f"The log of this installation ({log_id}) is in Kafka already, but not here: {self._cluster.prefix} at "
                f"{self._cluster.bootstrap_servers} has log {found}."
            )
        return Moved(log_id, {}, 0, 0)

    async def _ends(self) -> dict[int, int]:
        rows = await self._pool.fetch("select partition, next_offset from log.head order by partition")
        return {row["partition"]: row["next_offset"] for row in rows}

    async def _prepare(self, log_id: UUID, ends: Mapping[int, int]) -> dict[int, int]:
        """What the topics have from an earlier attempt; they are this log's from now on."""
        found = await self._reader.ends(list(ends))
        if await identity(self._cluster) != log_id:
            await self._refuse_used(found)
            await write_identity(self._cluster, log_id)
        for partition, end in found.items():
            if end > ends[partition]:
                raise self._refusal(
                    f"partition {partition} has {end} records there, and only {ends[partition]} events here"
                )
        await self._compare(found, "Events found there compared")
        return found

    async def _refuse_used(self, found: Mapping[int, int]) -> None:
        """An empty topic may be given another identity, if nobody has begun to relay to it."""
        records, beats = sum(found.values()), await self._control.heartbeats()
        # Its next look has to see the new identity and nothing of this one.
        await self._control.close()
        if records:
            raise self._refusal(f"there are {records} records of another log")
        if beats:
            sources = ", ".join(sorted({beat.source for beat in beats}))
            raise self._refusal(f"another installation relays there ({sources})")

    async def _publish(self, found: Mapping[int, int], ends: Mapping[int, int]) -> None:
        report, at, total = self._begin("Events published"), dict(found), sum(ends.values())
        while waiting := {partition: at[partition] for partition in ends if at[partition] < ends[partition]}:
            await self._stay_alone()
            entries = await self._here.read(waiting, BATCH_MAX)
            for partition, offset in waiting.items():
                at[partition] = _after(partition, offset, entries.get(partition, ()))
            await self._publisher.send([entry.stored for batch in entries.values() for entry in batch])
            for partition, end in (await self._reader.ends(list(entries))).items():
                if end != at[partition]:
                    raise self._refusal(
                        f"partition {partition} ends at {end}, but {at[partition]} events were published to it: "
                        "somebody else writes there, or a broker has taken something twice"
                    )
            report(sum(at.values()), total)

    async def _compare(self, ends: Mapping[int, int], name: str) -> None:
        """What is in Kafka up to these offsets, with what is here."""
        at = {partition: 0 for partition, end in ends.items() if end}
        if not at:
            return
        report, total, done = self._begin(name), sum(ends.values()), 0
        while at:
            await self._stay_alone()
            there = await self._read_there(at)
            # Over a slow link only some partitions come at once; if none does, all of them lack what is expected.
            read = {partition: at[partition] for partition in list(there) or list(at)}
            here = await self._here.read(read, BATCH_MAX)
            for partition, offset in read.items():
                batch = [entry for entry in here.get(partition, ()) if entry.offset < ends[partition]]
                count = self._compared(partition, batch, there.get(partition, ()))
                done += count
                at[partition] = offset + count
                if at[partition] == ends[partition]:
                    del at[partition]
            report(done, total)

    async def _read_there(self, at: Mapping[int, int]) -> dict[int, list[Entry]]:
        try:
            return await self._there.read(at, BATCH_MAX)
        except PartitionBroken as broken:
            raise self._refusal(str(broken)) from broken

    def _compared(self, partition: int, here: Sequence[Entry], there: Sequence[Entry]) -> int:
        """How many of them are the same, to the last byte."""
        pairs = list(zip(here, there, strict=False))
        if not pairs:
            raise self._refusal(f"partition {partition} has {len(there)} events where {len(here)} are expected")
        for expected, found in pairs:
            if found != expected:
                raise self._refusal(
                    f"partition {partition} differs: expected {_described(expected)}, found {_described(found)}"
                )
        return len(pairs)

    async def _settle(self, log_id: UUID, ends: Mapping[int, int]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch("select partition, next_offset from log.head order by partition for update")
            if {row["partition"]: row["next_offset"] for row in rows} != ends:
                raise MoveRefused("Events were relayed while the log was moved. End whoever does, and repeat this.")
            await connection.execute("update log.identity set engine = 'kafka' where log_id = $1", log_id)

    def _refusal(self, found: str) -> MoveRefused:
        return MoveRefused(
            f"Topic {self._cluster.events_topic}: expected nothing, or what an interrupted move of this log has left; "
            f"found that {found}. The log stays in PostgreSQL, complete. Choose another ZIXUN_KAFKA_PREFIX, or delete "
            f"{self._cluster.events_topic} and {self._cluster.control_topic} if nobody needs them; then run "
            "`zixun topics apply` and this again."
        )


def _after(partition: int, offset: int, entries: Sequence[Entry]) -> int:
    """Where these end, which have to go on at `offset` without a gap."""
    for entry in entries:
        if entry.offset != offset:
            break
        offset += 1
    else:
        if entries:
            return offset
    raise MoveRefused(
        f"The log in PostgreSQL is damaged: partition {partition} has nothing at offset {offset}. It can only be moved "
        "whole; bring it back from a backup."
    )


def _described(entry: Entry) -> str:
    stored = entry.stored
    number = f"{stored.source}:{stored.partition}:{stored.sequence}"
    return f"event {stored.event_id} ({number}, digest {stored.digest.hex()[:12]}) at offset {entry.offset}"
