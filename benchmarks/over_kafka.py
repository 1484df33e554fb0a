"""Over a real broker: the relay and the consumption against a bare client, the views against the PostgreSQL log."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.broker import broker, new_topics
from benchmarks.history import EVENTS_PER_TICKET, make_history
from benchmarks.measuring import Bound, Result, alternate
from benchmarks.setting import Setting, assembled
from services.wiring import SOURCES, Zixun
from shared_events.contracts.envelope import Stored
from shared_events.log.cluster import Cluster
from shared_events.log.kafka import KafkaLog
from shared_events.log.wire import headers_of
from shared_events.runtime.lease import Lease
from shared_events.runtime.relay import Relay
from shared_events.runtime.runner import BATCH_MAX
from shared_events.store.partition import PARTITIONS
from shared_events.store.postgres import EventStore

TICKETS: Final = 8_000
Record = tuple[int, bytes, bytes, Sequence[tuple[str, bytes]]]
"""Partition, key, value, headers."""


async def measure(setting: Setting) -> AsyncIterator[Result]:
    """Three results."""
    tickets = setting.either(TICKETS, 60)
    async with setting.database() as dsn, broker() as address:
        async with assembled(dsn) as zixun:
            await make_history(zixun, tickets)
            records = [_record(event) for event in await _stored(zixun)]
        filled = await new_topics(address)
        await _relay(dsn, filled)
        yield await _relaying(setting, dsn, address, records)
        yield await _consuming(setting, filled, len(records))
        yield await _folding(setting, dsn, filled, tickets * EVENTS_PER_TICKET)


async def _relaying(setting: Setting, dsn: str, address: str, records: Sequence[Record]) -> Result:
    async def ours() -> float:
        return len(records) / await _relay(dsn, await new_topics(address))

    async def peer() -> float:
        return len(records) / await _send(await new_topics(address), records)

    mine, theirs = await alternate(ours, peer, setting.either(3, 1))
    goal = [Bound("ratio", ">=", 0.6)]
    return Result(
        name="relay into Kafka", unit="events/s", ours=mine, peer=theirs, goal=goal, note="against send_batch"
    )


async def _consuming(setting: Setting, cluster: Cluster, count: int) -> Result:
    async def ours() -> float:
        return count / await _read(cluster, count)

    async def peer() -> float:
        return count / await _get(cluster, count)

    mine, theirs = await alternate(ours, peer, setting.either(3, 1))
    goal = [Bound("ratio", ">=", 0.7)]
    return Result(name="reading Kafka", unit="events/s", ours=mine, peer=theirs, goal=goal, note="against getmany")


async def _folding(setting: Setting, dsn: str, cluster: Cluster, events: int) -> Result:
    async def ours() -> float:
        async with setting.database() as fresh:
            return events / await _fold(fresh, cluster)

    async def peer() -> float:
        connection = await asyncpg.connect(dsn)
        await connection.execute("truncate ledger.ticket, ledger.checkpoint, ledger.share, ledger.member; checkpoint")
        await connection.close()
        return events / await _fold(dsn, None)

    mine, theirs = await alternate(ours, peer, setting.either(3, 1))
    return Result(
        name="views over Kafka",
        unit="events/s",
        ours=mine,
        peer=theirs,
        goal=[Bound("ratio", ">=", 0.8)],
        note="against the PostgreSQL log; ours keeps the archive as well",
    )


async def _stored(zixun: Zixun) -> list[Stored]:
    return [
        event
        for source in SOURCES
        for event in await zixun.stores[source].read(dict.fromkeys(range(PARTITIONS), 0), 10**9)
    ]


def _record(event: Stored) -> Record:
    return event.partition, event.subject.encode(), event.body, headers_of(event)


async def _relay(dsn: str, cluster: Cluster) -> float:
    """The seconds that the relays, all at once as in earnest, take from the first event to the last."""
    connection = await asyncpg.connect(dsn)
    for source in SOURCES:
        await connection.execute(f"update {source}.relay_position set sequence = 0; delete from {source}.lease")
    await connection.close()
    async with assembled(dsn, cluster) as zixun:
        stores = [_Gated(source, zixun.pool, zixun.clock) for source in SOURCES]
        relays = [_relay_of(store, zixun) for store in stores]
        for relay in relays:
            await relay.turn()
        began = time.perf_counter()
        for store in stores:
            store.is_open = True
        await asyncio.gather(*map(_drain, relays))
        seconds = time.perf_counter() - began
        for log in zixun.kafka_logs:
            await log.close()
    return seconds


class _Gated(EventStore):
    """Has nothing to relay before it is opened: that a relay starts, and joins the cluster, is not counted."""

    is_open = False

    async def read(self, after: Mapping[int, int], limit: int) -> list[Stored]:
        return await super().read(after, limit) if self.is_open else []


def _relay_of(store: EventStore, zixun: Zixun) -> Relay:
    lease = Lease(zixun.presence, zixun.pool, schema=store.source, name="relay", holder="benchmark", clock=zixun.clock)
    return Relay(store, zixun.kafka_logs[0], lease, zixun.clock)


async def _drain(relay: Relay) -> None:
    while await relay.turn():
        pass


async def _send(cluster: Cluster, records: Sequence[Record]) -> float:
    """The seconds that a bare producer takes for the same records, in batches as large."""
    options = {"acks": "all", "enable_idempotence": True, "max_batch_size": 512 * 1024}
    producer = AIOKafkaProducer(**cluster.client(), **options)
    await producer.start()
    began = time.perf_counter()
    futures = []
    for partition, group in groupby(records, key=lambda record: record[0]):
        waiting = list(group)
        while waiting:
            batch = producer.create_batch()
            taken = 0
            for _, key, value, headers in waiting[:BATCH_MAX]:
                if batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
                    break
                taken += 1
            waiting = waiting[taken:]
            futures.append(await producer.send_batch(batch, cluster.events_topic, partition=partition))
    await asyncio.gather(*futures)
    seconds = time.perf_counter() - began
    await producer.stop()
    return seconds


async def _read(cluster: Cluster, count: int) -> float:
    async with KafkaLog(cluster) as log:
        began = time.perf_counter()
        offsets: Mapping[int, int] = dict.fromkeys(range(PARTITIONS), 0)
        while sum(offsets.values()) < count:
            found = await log.read(offsets, BATCH_MAX)
            offsets = {**offsets, **{partition: entries[-1].offset + 1 for partition, entries in found.items()}}
        return time.perf_counter() - began


async def _get(cluster: Cluster, count: int) -> float:
    options: dict[str, Any] = {"group_id": None, "enable_auto_commit": False, "auto_offset_reset": "earliest"}
    consumer = AIOKafkaConsumer(**cluster.client(), **options)
    await consumer.start()
    began = time.perf_counter()
    consumer.assign([TopicPartition(cluster.events_topic, partition) for partition in range(PARTITIONS)])
    got = 0
    while got < count:
        got += sum(map(len, (await consumer.getmany(timeout_ms=1000, max_records=5_000)).values()))
    seconds = time.perf_counter() - began
    await consumer.stop()
    return seconds


async def _fold(dsn: str, cluster: Cluster | None) -> float:
    """The seconds from nothing until the ledger shows everything; over Kafka it archives at the same time."""
    async with assembled(dsn, cluster) as zixun:
        ledger = next(runner for runner in zixun.runners if runner.name == "ledger")
        began = time.perf_counter()
        archiving = [True] * len(zixun.archivers)
        while any(archiving) or await ledger.turn():
            archiving = [await archiver.turn() for archiver in zixun.archivers]
        seconds = time.perf_counter() - began
        for log in zixun.kafka_logs:
            await log.close()
    return seconds
