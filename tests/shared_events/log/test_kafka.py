"""The log on Kafka does what every log does, and never passes over what is missing or no event of ours."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from shared_events.log import kafka, kafka_reading
from shared_events.log.cluster import Cluster
from shared_events.log.kafka import KafkaLog
from shared_events.log.kafka_publishing import Publisher
from shared_events.log.kafka_reading import Ends
from shared_events.log.kafka_searching import last_before
from shared_events.log.port import LogRefused, LogUnfit, PartitionBroken
from shared_events.log.wire import headers_of
from tests.shared_events.log.suite import LogSuite, numbered


@pytest.fixture
async def log(cluster: Cluster) -> AsyncIterator[KafkaLog]:
    async with KafkaLog(cluster) as log:
        yield log


class TestKafkaLog(LogSuite):
    """The suite, on a real broker."""


async def test_a_publisher_that_starts_anew_finds_out_where_its_source_ends(log: KafkaLog, cluster: Cluster) -> None:
    events = numbered("t-1", 1, 5)
    await log.publish("intake", events[:3])
    await log.publish("routing", numbered("t-1", 1, 2, source="routing"))

    async with KafkaLog(cluster) as other:
        assert await other.source_ends("intake") == {3: 3}
        await other.publish("intake", events)
        with pytest.raises(LogRefused, match="differs"):
            await other.publish("intake", [replace(events[1], digest=b"\x01" * 32)])

    assert [entry.stored for entry in (await log.read({3: 0}, 10))[3] if entry.stored.source == "intake"] == events


async def test_a_publisher_goes_on_where_another_one_has_stopped(log: KafkaLog, cluster: Cluster) -> None:
    """As a relay does that had lost its lease and gets it back."""
    events = numbered("t-1", 1, 5)
    await log.publish("intake", events[:1])
    async with KafkaLog(cluster) as other:
        await other.publish("intake", events[:3])

    await log.publish("intake", events[3:])

    assert [entry.stored for entry in (await log.read({3: 0}, 10))[3]] == events


async def test_what_a_late_relay_repeats_does_not_hide_where_its_source_ends(log: KafkaLog, cluster: Cluster) -> None:
    events = numbered("t-1", 1, 6)
    await log.publish("intake", events[:5])
    late = Publisher(cluster)
    await late.send(events[1:3])
    await late.close()

    async with KafkaLog(cluster) as other:
        assert await other.source_ends("intake") == {3: 5}
        await other.publish("intake", events[5:])

    assert [entry.stored.sequence for entry in (await log.read({3: 0}, 10))[3]] == [1, 2, 3, 4, 5, 2, 3, 6]


async def test_a_long_run_of_repetitions_is_looked_up_once(
    log: KafkaLog, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever meets what a relay has repeated is busy for longer than its partitions are its own."""
    events = numbered("t-1", 1, 300)
    forged = replace(events[7], actor="agent-2", digest=b"\x02" * 32)
    searches = 0

    async def counted(*arguments: Any, **options: Any) -> dict[int, Any]:
        nonlocal searches
        searches += 1
        return await last_before(*arguments, **options)

    monkeypatch.setattr(kafka, "last_before", counted)
    publisher = Publisher(cluster)
    await publisher.send([*events, *events, forged])
    await publisher.close()
    await log.publish("intake", events)
    assert searches == 2, "one for the ends, one for the events"
    *_, forgery = repeated = (await log.read({3: 300}, 400))[3]

    assert [await log.original(entry) for entry in repeated[:-1]] == events
    assert searches == 3
    assert await log.original(forgery) == events[7]


async def test_what_lies_far_back_is_found(log: KafkaLog) -> None:
    early = numbered("t-1", 1, 1, source="feedback")
    await log.publish("feedback", early)
    await log.publish("intake", numbered("t-1", 1, 2_000))

    assert await log.source_ends("feedback") == {3: 1}
    assert await log.source_ends("intake") == {3: 2_000}


async def test_every_reader_sees_the_same(log: KafkaLog, cluster: Cluster) -> None:
    await log.publish("intake", numbered("t-1", 1, 300))

    async with KafkaLog(cluster) as other:
        assert await other.read({3: 0}, 1_000) == await log.read({3: 0}, 1_000)
        assert [entry.offset for entry in (await other.read({3: 250}, 10))[3]] == list(range(250, 260))
        assert [entry.offset for entry in (await other.read({3: 10}, 5))[3]] == list(range(10, 15))


async def test_history_that_is_gone_from_kafka_is_an_error_that_says_what_to_do(
    log: KafkaLog, cluster: Cluster
) -> None:
    await log.publish("intake", [*numbered("t-1", 1, 5), *numbered("t-2", 1, 1, partition=7)])
    admin = AIOKafkaAdminClient(**cluster.client())
    await admin.start()
    await admin.delete_records({TopicPartition(cluster.events_topic, 3): RecordsToDelete(before_offset=3)})
    await admin.close()

    with pytest.raises(PartitionBroken, match="begins at offset 3 in partition 3, but 0 is wanted") as broken:
        await log.read({3: 0, 7: 0}, 10)

    assert broken.value.partition == 3
    assert [entry.offset for entry in (await log.read({7: 0}, 10))[7]] == [0]


async def test_a_topic_that_ends_before_what_was_read_is_an_error(
    log: KafkaLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_reading, "DOUBT_SECONDS_MAX", 0.1)
    await log.publish("intake", numbered("t-1", 1, 2))

    with pytest.raises(PartitionBroken, match="the log ends at 2"):
        await log.read({3: 5}, 10)


async def test_an_end_before_what_was_read_is_asked_for_again(
    log: KafkaLog, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that has just begun to lead a partition may not know yet all that is in it."""
    events = numbered("t-1", 1, 5)
    await log.publish("intake", events[:2])
    is_told = asyncio.Event()

    async def of_led(ends: Ends, partitions: Iterable[int]) -> dict[int, int]:
        found = await asked(ends, partitions)
        is_told.set()
        return found

    asked = Ends.of_led
    monkeypatch.setattr(Ends, "of_led", of_led)
    async with KafkaLog(cluster) as other:
        reading = asyncio.create_task(other.read({3: 4}, 10))
        await is_told.wait()
        await log.publish("intake", events[2:])

        assert [entry.stored for entry in (await reading)[3]] == events[4:]


async def test_a_foreign_record_stops_its_partition_behind_what_came_before_it(log: KafkaLog, cluster: Cluster) -> None:
    events = numbered("t-1", 1, 2)
    await log.publish("intake", events)
    await inject(cluster, b"t-1", b"hello", [])

    assert [entry.stored for entry in (await log.read({3: 0}, 10))[3]] == events
    with pytest.raises(PartitionBroken, match=r"offset 2 .* is no event: the header ce_specversion is missing"):
        await log.read({3: 2}, 10)


async def test_a_publisher_does_not_mistake_a_foreign_record_for_an_event(log: KafkaLog, cluster: Cluster) -> None:
    events = numbered("t-1", 1, 2)
    await log.publish("intake", events[:1])
    await inject(cluster, b"t-1", b"{}", [("ce_source", b"urn:zixun:source:intake"), ("ce_sequence", b"9")])

    async with KafkaLog(cluster) as other:
        assert await other.source_ends("intake") == {3: 1}
        await other.publish("intake", events)


async def test_an_event_of_many_kilobytes_goes_through(log: KafkaLog) -> None:
    events = [replace(event, body=b'"' + b"x" * 1_500_000 + b'"') for event in numbered("t-1", 1, 2)]
    await log.publish("intake", events)

    assert [entry.stored for entry in (await log.read({3: 0}, 10))[3]] == events


async def test_a_repetition_is_judged_by_what_came_before_it(log: KafkaLog, cluster: Cluster) -> None:
    (event,) = numbered("t-1", 1, 1)
    await log.publish("intake", [event])
    forged = replace(event, actor="agent-2", digest=b"\x02" * 32)
    for repeated in (event, forged):
        await inject(cluster, b"t-1", repeated.body, headers_of(repeated))

    genuine, repetition, forgery = (await log.read({3: 0}, 10))[3]

    assert await log.original(genuine) == event
    assert await log.original(repetition) == event
    assert await log.original(forgery) == event


async def test_a_cluster_that_nobody_has_set_up_is_said_to_be_so(cluster: Cluster) -> None:
    async with KafkaLog(replace(cluster, prefix=f"{cluster.prefix}.nowhere")) as log:
        with pytest.raises(LogUnfit, match="zixun topics apply"):
            await log.log_id()


async def inject(cluster: Cluster, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> None:
    """What somebody with access to the topic may do, past all of us."""
    producer = AIOKafkaProducer(**cluster.client())
    await producer.start()
    try:
        await producer.send_and_wait(cluster.events_topic, value, key=key, partition=3, headers=headers)
    finally:
        await producer.stop()
