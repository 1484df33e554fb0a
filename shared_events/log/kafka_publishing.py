"""Sends events to the topic in batches of one partition, in order, and starts afresh after a failure (D16)."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerClosed

from shared_events.contracts.envelope import Stored
from shared_events.log.cluster import Cluster
from shared_events.log.kafka_consumers import LEAVE_SECONDS_MAX
from shared_events.log.wire import headers_of

BATCH_BYTES_MAX: Final = 512 * 1024
RECORD_BYTES_MAX: Final = 4 * 1024 * 1024
"""The largest request body, sealed and in base64, is well below."""
SEND_SECONDS_MAX: Final = 30.0
_PATIENCE_SECONDS: Final = 0.2
"""A batch whose connection was closed is put back, to be sent again, after half of this time."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class Publisher:
    """A producer that is made when it is first needed, and thrown away with all that it still holds when it fails.

    An idempotent producer of aiokafka that has lost a batch cannot send to that partition any more, and a batch never
    expires in it. What it may still have sent is found by whoever publishes next, or dropped as a repetition.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def producer(self) -> AIOKafkaProducer:
        """The one in use."""
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._cluster.client(),
                    acks="all",
                    enable_idempotence=True,
                    max_batch_size=BATCH_BYTES_MAX,
                    max_request_size=RECORD_BYTES_MAX,
                )
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
        return self._producer

    @asynccontextmanager
    async def using(self) -> AsyncIterator[AIOKafkaProducer]:
        """The one in use, for a bounded time; it is thrown away if the block fails or takes longer."""
        producer = None
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                producer = await self.producer()
                yield producer
        except BaseException:
            await self._throw_away(producer)
            raise

    async def send(self, events: Sequence[Stored]) -> None:
        """Durably, in the order given within each partition. After an error it is unknown what of it was sent."""
        async with self.using() as producer:
            futures = [
                await producer.send_batch(batch, self._cluster.events_topic, partition=partition)
                for partition, batch in _batches(producer, events)
            ]
            await asyncio.gather(*futures)

    async def close(self) -> None:
        """Leave the cluster at once; what was not acknowledged is given up."""
        await self._throw_away(self._producer)

    async def _throw_away(self, producer: AIOKafkaProducer | None) -> None:
        """This one alone: another relay may have made a new one already."""
        if producer is None:
            return
        self._producer = None if self._producer is producer else self._producer
        # Its own stop() waits until all is sent, which with a cluster that is away is for ever. So first what sends is
        # ended, and only then, when nobody holds a batch any more, all that are left are given up.
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS_MAX):
                await _stop_sending(producer)
        producer._message_accumulator.fail_all(ProducerClosed())  # noqa: SLF001 - there is no public way to give up
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(LEAVE_SECONDS_MAX):
                await producer.stop()


async def _stop_sending(producer: AIOKafkaProducer) -> None:
    """What sends would wait for the answers to what it has sent; without connections there are none."""
    sender = producer._sender.sender_task  # noqa: SLF001 - there is no public way to give up
    if sender is None:
        return
    while not sender.done():
        sender.cancel()
        await producer.client.close()
        await asyncio.wait([sender], timeout=_PATIENCE_SECONDS)


def _batches(producer: AIOKafkaProducer, events: Sequence[Stored]) -> Iterator[tuple[int, Any]]:
    for partition, group in groupby(events, key=attrgetter("partition")):
        batch = producer.create_batch()
        for event in group:
            if not _append(batch, event):
                yield partition, batch
                batch = _batch_with(producer, event)
        yield partition, batch


def _batch_with(producer: AIOKafkaProducer, event: Stored) -> Any:
    batch = producer.create_batch()
    if not _append(batch, event):
        raise KafkaError(f"event {event.event_id} has {len(event.body)} bytes and fits into no batch")
    return batch


def _append(batch: Any, event: Stored) -> bool:
    """Whether there was room."""
    milliseconds = (event.recorded_at - _EPOCH) // _MILLISECOND
    key, headers = event.subject.encode(), headers_of(event)
    return batch.append(key=key, value=event.body, timestamp=milliseconds, headers=headers) is not None
