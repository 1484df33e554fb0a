"""A producer that fails takes nobody with it who has a new one."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from shared_events.log.cluster import Cluster
from shared_events.log.kafka import KafkaLog
from shared_events.log.kafka_publishing import Publisher
from tests.shared_events.log.suite import numbered


@pytest.fixture
async def publisher(cluster: Cluster) -> AsyncIterator[Publisher]:
    publisher = Publisher(cluster)
    yield publisher
    await publisher.close()


async def test_who_fails_throws_away_the_producer_it_had_and_not_the_one_that_others_have_made_since(
    publisher: Publisher,
) -> None:
    with suppress(EOFError):
        async with publisher.using() as first:
            with suppress(EOFError):
                async with publisher.using() as shared:
                    assert shared is first
                    raise EOFError
            async with publisher.using() as second:
                assert second is not first
            raise EOFError

    async with publisher.using() as now:
        assert now is second


async def test_after_a_failure_all_goes_on_with_a_new_producer(publisher: Publisher, cluster: Cluster) -> None:
    events = numbered("t-1", 1, 4)
    await publisher.send(events[:2])
    with suppress(EOFError):
        async with publisher.using():
            raise EOFError
    await publisher.send(events[2:])

    async with KafkaLog(cluster) as log:
        assert [entry.stored for entry in (await log.read({3: 0}, 10))[3]] == events
