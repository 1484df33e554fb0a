"""From the answer to a command until `GET /v1/tickets/{ticket_id}` shows it, at a steady 500 writes per second."""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Final

from benchmarks.broker import broker, new_topics
from benchmarks.calling import rate
from benchmarks.connection import Connection, connections
from benchmarks.consultation import receive
from benchmarks.drafts import MESSAGE
from benchmarks.measuring import Bound, Result, Rounds
from benchmarks.served import served
from benchmarks.setting import Setting, agent
from shared_events.log.cluster import Cluster

WRITES_PER_SECOND: Final = 500
LOOKED_AT: Final = 10
"""One write in so many is looked for."""
WRITERS: Final = 64
READERS: Final = 32

_MESSAGE: Final = json.dumps({"channel": "web", "message": MESSAGE}).encode()


async def measure(setting: Setting) -> AsyncIterator[Result]:
    """The median and the 99th percentile, with the log in PostgreSQL."""
    async for result in _measure(setting, None, ("answered until visible", 15.0, 60.0)):
        yield result


async def measure_over_kafka(setting: Setting) -> AsyncIterator[Result]:
    """The same with the log on Kafka."""
    async with broker() as address:
        async for result in _measure(
            setting, await new_topics(address), ("answered until visible over Kafka", 25.0, 100.0)
        ):
            yield result


async def _measure(
    setting: Setting, cluster: Cluster | None, wanted: tuple[str, float, float]
) -> AsyncIterator[Result]:
    what, median_max, tail_max = wanted
    seconds = setting.either(10, 1)
    medians, tails, rates = [], [], []
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(setting.database())
        zixun = await stack.enter_async_context(served("all", dsn, cluster))
        headers = await agent(dsn)
        writers = await stack.enter_async_context(connections(zixun.port, WRITERS, headers))
        readers = await stack.enter_async_context(connections(zixun.port, READERS, headers))
        tickets = await _receive(writers, setting.either(1_000, 100))
        for _ in range(setting.either(3, 1)):
            load = _Load(tickets, readers)
            rates.append(await load.run(writers, seconds * WRITES_PER_SECOND))
            medians.append(statistics.median(load.waits))
            tails.append(statistics.quantiles(load.waits, n=100)[-1])
    reached = statistics.median(rates)
    kept = Bound("writes_per_second", ">=", 0.98 * WRITES_PER_SECOND)
    for name, values, limit in (("p50", medians, median_max), ("p99", tails, tail_max)):
        yield Result(
            name=f"{what}, {name}",
            unit="ms",
            ours=Rounds(values),
            goal=[Bound("value", "<", limit), kept],
            found={"writes_per_second": reached},
            note=f"the GET included; {WRITES_PER_SECOND} writes/s are offered",
        )


async def _receive(writers: Sequence[Connection], count: int) -> list[str]:
    free = asyncio.Queue[Connection]()
    for writer in writers:
        free.put_nowait(writer)
    tickets: list[str] = []

    async def one(_: int) -> None:
        writer = await free.get()
        tickets.append((await receive(writer))[0])
        free.put_nowait(writer)

    await rate(range(count), len(writers), one)
    return tickets


class _Load:
    """Writes messages at a steady rate, whether or not the earlier ones were answered, and looks for some of them."""

    def __init__(self, tickets: Sequence[str], readers: Sequence[Connection]) -> None:
        self.waits: list[float] = []
        self._tickets = tickets
        self._looking: list[asyncio.Task[None]] = []
        self._readers = asyncio.Queue[Connection]()
        for reader in readers:
            self._readers.put_nowait(reader)

    async def run(self, writers: Sequence[Connection], count: int) -> float:
        """So many writes; how many per second were answered."""
        began = time.perf_counter()
        due = iter(range(count))

        async def write(writer: Connection) -> None:
            for place in due:
                early = began + place / WRITES_PER_SECOND - time.perf_counter()
                if early > 0:
                    await asyncio.sleep(early)
                await self._write(writer, place)

        await asyncio.gather(*map(write, writers))
        reached = count / (time.perf_counter() - began)
        await asyncio.gather(*self._looking)
        return reached

    async def _write(self, writer: Connection, place: int) -> None:
        ticket_id = self._tickets[place % len(self._tickets)]
        answer = await writer.post(f"/v1/consultations/{ticket_id}/messages", _MESSAGE)
        answered = time.perf_counter()
        if place % LOOKED_AT == 0:
            self._looking.append(asyncio.create_task(self._look(ticket_id, answer.position, answered)))

    async def _look(self, ticket_id: str, position: str | None, answered: float) -> None:
        reader = await self._readers.get()
        await reader.get(f"/v1/tickets/{ticket_id}", position)
        self.waits.append((time.perf_counter() - answered) * 1000)
        self._readers.put_nowait(reader)
