"""Who leaves the cluster leaves it at once, and who fails throws away nobody else's consumer."""

import asyncio

import pytest
from aiokafka import TopicPartition

from shared_events.log import kafka_consumers
from shared_events.log.cluster import Cluster
from shared_events.log.kafka_consumers import Membership, started_consumer, stop_consumer


@pytest.mark.parametrize("turns", range(3))
async def test_a_consumer_leaves_in_the_moment_in_which_it_takes_up_other_partitions(
    cluster: Cluster, turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_consumers, "LEAVE_SECONDS_MAX", None)
    consumer = await started_consumer(cluster, cluster.events_topic)
    first, second = (TopicPartition(cluster.events_topic, partition) for partition in (0, 1))
    consumer.assign([first])
    consumer.seek(first, 0)
    await consumer.getmany(first, timeout_ms=50)  # then it waits for records, in a request that has been sent
    consumer.assign([second])
    for _ in range(turns):
        await asyncio.sleep(0)

    async with asyncio.timeout(30):
        await stop_consumer(consumer)


async def test_whoever_is_cancelled_while_it_leaves_has_left_all_the_same(cluster: Cluster) -> None:
    consumer = await started_consumer(cluster, cluster.events_topic)
    leaving = asyncio.create_task(stop_consumer(consumer))
    await asyncio.sleep(0)
    leaving.cancel()

    with pytest.raises(asyncio.CancelledError):
        await leaving

    assert consumer._closed
    assert consumer._client._sync_task is None, "nothing of it goes on"


async def test_whoever_fails_throws_away_nobody_elses_consumer(cluster: Cluster) -> None:
    member = Membership(cluster, cluster.events_topic)
    place = TopicPartition(cluster.events_topic, 0)
    begun, fail = asyncio.Event(), asyncio.Event()

    async def failing() -> None:
        async with member.using():
            begun.set()
            await fail.wait()
            raise ConnectionAbortedError

    async def asking() -> dict[TopicPartition, int]:
        async with member.using() as consumer:
            ends: dict[TopicPartition, int] = await consumer.end_offsets([place])
            return ends

    first = asyncio.create_task(failing())
    await begun.wait()
    others = [asyncio.create_task(asking()) for _ in range(3)]
    fail.set()

    assert await asyncio.gather(*others) == [{place: 0}] * 3
    with pytest.raises(ConnectionAbortedError):
        await first
    await member.close()
