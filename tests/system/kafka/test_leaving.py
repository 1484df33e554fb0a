"""Who is ended while Kafka has fallen silent ends at once, so that others have its work soon."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from shared_events.log.kafka import KafkaLog
from shared_events.log.kafka_consumers import LEAVE_SECONDS_MAX
from tests.shared_events.log.suite import numbered
from tests.shared_events.store.drafts import NOON
from tests.system.kafka.conftest import Far

SECONDS_MAX: Final = 2 * LEAVE_SECONDS_MAX
"""Less than a client would wait for an answer, and much less than others wait for a lease to run out."""
EVENTS: Final = numbered("t-1", 1, 500)

WORK: Final[dict[str, Callable[[KafkaLog], Awaitable[Any]]]] = {
    "publishing": lambda log: log.publish("intake", EVENTS[1:]),
    "looking for the end of a source": lambda log: log.source_ends("intake"),
    "reading": lambda log: log.read({3: 0}, 1_000),
    "waiting": lambda log: log.wait({3: 1}, 20),
    "beating": lambda log: log.beat("intake", {3: NOON}),
}


@pytest.mark.parametrize("is_new", [False, True], ids=["connected", "new"])
@pytest.mark.parametrize("work", WORK)
async def test_whatever_is_done_with_a_kafka_that_is_silent_can_be_ended(far: Far, work: str, is_new: bool) -> None:
    async with KafkaLog(far.cluster) as log:
        await log.publish("intake", EVENTS[:1])
        await log.read({3: 0}, 1)
        if is_new:
            await log.close()
        far.proxy.fall_silent()
        swallowed = far.proxy.swallowed
        working = asyncio.ensure_future(WORK[work](log))
        async with asyncio.timeout(30):
            while far.proxy.swallowed == swallowed:  # noqa: ASYNC110 - it happens at the other end of a connection
                await asyncio.sleep(0.01)
        working.cancel()

        async with asyncio.timeout(SECONDS_MAX):
            await asyncio.wait([working])
            await log.close()
        assert working.cancelled()
