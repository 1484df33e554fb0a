"""What the topic itself has, read from its first record to its last: repetitions are all that may be too much."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared_events.log.cluster import Cluster
from shared_events.log.port import Entry
from shared_events.log.postgres import PostgresLog
from shared_events.log.wire import stored_from
from shared_events.store.partition import PARTITIONS

ENOUGH = 1_000_000


async def records_of(cluster: Cluster) -> int:
    """How many records the topic has."""
    async with _reader(cluster) as (consumer, places):
        return sum((await consumer.end_offsets(places)).values())


async def entries_of(cluster: Cluster) -> dict[int, list[Entry]]:
    """Everything that Kafka has, by partition."""
    entries: dict[int, list[Entry]] = {partition: [] for partition in range(PARTITIONS)}
    async with _reader(cluster) as (consumer, places):
        ends = await consumer.end_offsets(places)
        for place in places:
            consumer.seek(place, 0)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for place, records in (await consumer.getmany(timeout_ms=500)).items():
                entries[place.partition] += [_entry(record) for record in records]
    return entries


async def check_topic(pool: asyncpg.Pool, cluster: Cluster) -> int:
    """No gap, no other event in the place of one, and the ledger has kept all of it; how many were there twice."""
    kept = await PostgresLog(pool).read(dict.fromkeys(range(PARTITIONS), 0), ENOUGH)
    repetitions = 0
    for partition, entries in (await entries_of(cluster)).items():
        assert [entry.offset for entry in entries] == list(range(len(entries)))
        firsts = _firsts(entries)
        assert kept.get(partition, []) == firsts, f"the archive differs from Kafka in partition {partition}"
        repetitions += len(entries) - len(firsts)
    return repetitions


def _entry(record: Any) -> Entry:
    return Entry(record.offset, stored_from(record.partition, record.key, record.headers, record.value))


def _firsts(entries: list[Entry]) -> list[Entry]:
    """Those that were there first, in order; each further one has to be the same to the last byte."""
    found: dict[tuple[str, int], Entry] = {}
    ends: dict[str, int] = {}
    for entry in entries:
        source, sequence = entry.stored.source, entry.stored.sequence
        first = found.setdefault((source, sequence), entry)
        assert first.stored == entry.stored, f"{source}:{sequence} stands for two events, {first} and {entry}"
        if first is entry:
            assert sequence == ends.get(source, 0) + 1, f"{source} goes from {ends.get(source, 0)} to {sequence}"
            ends[source] = sequence
    return list(found.values())


@asynccontextmanager
async def _reader(cluster: Cluster) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    places = [TopicPartition(cluster.events_topic, partition) for partition in range(PARTITIONS)]
    consumer = AIOKafkaConsumer(**cluster.client(), auto_offset_reset="none", max_partition_fetch_bytes=4 * 1024 * 1024)
    await consumer.start()
    try:
        consumer.assign(places)
        yield consumer, places
    finally:
        await consumer.stop()
