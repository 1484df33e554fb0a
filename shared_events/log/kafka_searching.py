"""Looks for a record backwards from an offset or from the end of the topic (D8)."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared_events.log.cluster import Cluster
from shared_events.log.kafka_consumers import READ_SECONDS_MAX, started_consumer, stop_consumer
from shared_events.log.kafka_reading import Record

_FETCH_MILLISECONDS: Final = 200
_WINDOW: Final = 500
_WINDOW_GROWTH: Final = 4
_WINDOW_MAX: Final = 50_000
_LOOKED_AT_ONCE: Final = 1_000
"""So many records are looked at before other tasks of the process get their turn."""


async def last_before(
    cluster: Cluster,
    bounds: Mapping[int, int] | None,
    partitions: Sequence[int],
    fits: Callable[[Record], bool],
    *,
    window: int = _WINDOW,
    floors: Mapping[int, int] | None = None,
) -> dict[int, Record]:
    """The last record of each partition before its bound (or the end) that fits; none of a partition that has none.

    Nothing is looked for before the floors. Windows of records are looked at, every record of each, from the last one
    backwards until one fits. A consumer of its own does that, so that several can look at once.
    """
    places = [TopicPartition(cluster.events_topic, partition) for partition in partitions]
    consumer = await started_consumer(cluster, cluster.events_topic)
    try:
        async with asyncio.timeout(READ_SECONDS_MAX):
            begins = await consumer.beginning_offsets(places)
            if bounds is None:
                bounds = {place.partition: end for place, end in (await consumer.end_offsets(places)).items()}
        found: dict[int, Record] = {}
        for place in places:
            begin = max(begins[place], (floors or {}).get(place.partition, 0))
            record = await _search(consumer, place, (begin, bounds[place.partition], window), fits)
            if record is not None:
                found[place.partition] = record
        return found
    finally:
        await stop_consumer(consumer)


async def _search(
    consumer: AIOKafkaConsumer, place: TopicPartition, bounds: tuple[int, int, int], fits: Callable[[Record], bool]
) -> Record | None:
    """In windows that grow, because what is looked for is mostly near the end."""
    begin, upper, window = bounds
    if upper > begin:
        consumer.assign([place])
    while upper > begin:
        lower = max(begin, upper - window)
        consumer.seek(place, lower)
        fitting = await _last_fitting(consumer, place, upper, fits)
        if fitting is not None:
            return fitting
        upper, window = lower, min(_WINDOW_MAX, window * _WINDOW_GROWTH)
    return None


async def _last_fitting(
    consumer: AIOKafkaConsumer, place: TopicPartition, upper: int, fits: Callable[[Record], bool]
) -> Record | None:
    """From where the consumer is up to an offset; every record there is looked at, and only one kept."""
    last = None
    async with asyncio.timeout(READ_SECONDS_MAX):
        while await consumer.position(place) < upper:
            fetched = await consumer.getmany(place, timeout_ms=_FETCH_MILLISECONDS, max_records=_LOOKED_AT_ONCE)
            for record in fetched.get(place, ()):
                if record.offset < upper and fits(record):
                    last = record
            await asyncio.sleep(0)
    return last
