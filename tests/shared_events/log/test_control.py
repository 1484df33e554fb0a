"""The control topic: a heartbeat of a source is one record, and whatever else is there stops nobody."""

from collections.abc import AsyncIterator
from datetime import timedelta

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared_events.log.cluster import Cluster
from shared_events.log.kafka import KafkaLog
from shared_events.log.port import Heartbeat
from tests.shared_events.log.suite import numbered
from tests.shared_events.store.drafts import NOON


@pytest.fixture
async def log(cluster: Cluster) -> AsyncIterator[KafkaLog]:
    async with KafkaLog(cluster) as log:
        yield log


async def test_a_heartbeat_that_none_of_us_wrote_keeps_nobody_from_reading(log: KafkaLog, cluster: Cluster) -> None:
    producer = AIOKafkaProducer(**cluster.client())
    await producer.start()
    for key, value in ((b"heartbeat/x", b"{}"), (b"heartbeat/intake", b"soon"), (b"heartbeat/intake", b'{"3": 1}')):
        await producer.send_and_wait(cluster.control_topic, value, key=key)
    await producer.stop()
    await log.beat("intake", {3: NOON})

    (beat,) = await log.heartbeats()

    assert (beat.source, beat.partition, beat.relayed_through) == ("intake", 3, NOON)


async def test_the_last_record_of_a_source_has_the_heartbeats_of_all_its_partitions(
    log: KafkaLog, cluster: Cluster
) -> None:
    """Compaction leaves nothing else."""
    await log.beat("intake", {3: NOON, 7: NOON})
    await log.beat("intake", {3: NOON + timedelta(seconds=1)})

    (_, said), (key, last) = (await records_of(cluster))[1:]

    assert key == b"heartbeat/intake"
    assert orjson.loads(said) == {"2026-03-02T12:00:00.000000Z": {"3": [0, None], "7": [0, None]}}
    assert orjson.loads(last) == {
        "2026-03-02T12:00:01.000000Z": {"3": [0, None]},
        "2026-03-02T12:00:00.000000Z": {"7": [0, None]},
    }
    async with KafkaLog(cluster) as other:
        assert {beat.partition: beat.relayed_through for beat in await other.heartbeats()} == {
            3: NOON + timedelta(seconds=1),
            7: NOON,
        }


async def test_what_a_heartbeat_says_of_a_source_need_not_be_looked_for_again(log: KafkaLog, cluster: Cluster) -> None:
    await log.publish("feedback", numbered("t-1", 1, 2, source="feedback"))
    await log.publish("intake", numbered("t-1", 1, 5))
    await log.beat("feedback", dict.fromkeys(range(12), NOON))
    await log.publish("feedback", numbered("t-1", 3, 1, source="feedback"))

    async with KafkaLog(cluster) as other:
        marks = await other._control.marks("feedback")
        assert (marks[3].next_offset, marks[3].sequence, marks[7].sequence) == (7, 2, 0)
        assert await other.source_ends("feedback") == {3: 3}
        assert await other.source_ends("intake") == {3: 5}


async def test_a_heartbeat_of_a_relay_that_knew_too_little_stops_no_publication(
    log: KafkaLog, cluster: Cluster
) -> None:
    events = numbered("t-1", 1, 6)
    await log.publish("intake", events[:5])
    await _beat(log, {3: 5}, {3: 2})

    async with KafkaLog(cluster) as other:
        await other.publish("intake", events[5:])

    assert [entry.stored for entry in (await log.read({3: 0}, 10))[3]] == events


async def test_a_heartbeat_of_records_that_are_not_there_is_not_believed(log: KafkaLog, cluster: Cluster) -> None:
    await log.publish("intake", numbered("t-1", 1, 2))
    await _beat(log, {3: 99}, {3: 50})

    async with KafkaLog(cluster) as other:
        assert await other.source_ends("intake") == {3: 2}


async def _beat(log: KafkaLog, ends: dict[int, int], reached: dict[int, int]) -> None:
    """As another process would that knows something else."""
    beats = [Heartbeat("intake", partition, NOON, end) for partition, end in ends.items()]
    async with log._publisher.using() as producer:
        await log._control.beat(producer, beats, reached)


async def records_of(cluster: Cluster) -> list[tuple[bytes, bytes]]:
    """Keys and values of all that the control topic has."""
    place = TopicPartition(cluster.control_topic, 0)
    consumer = AIOKafkaConsumer(**cluster.client(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([place])
        end, records = (await consumer.end_offsets([place]))[place], []
        while await consumer.position(place) < end:
            records += (await consumer.getmany(place, timeout_ms=200)).get(place, [])
        return [(record.key, record.value) for record in records]
    finally:
        await consumer.stop()
