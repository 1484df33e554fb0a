"""Three writers, a doomed one and a tailing reader on one store: what an attack on it works with."""

import asyncio
import os
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from signal import SIGCONT, SIGSTOP
from typing import Any, Final, TypeVar

import asyncpg

from shared_events.contracts.envelope import Stored
from shared_events.store.appends import Append, Appended, CommandKey, Conflict, Outcome, Repeated
from shared_events.store.partition import PARTITIONS
from shared_events.store.postgres import EventStore
from tests.shared_events.conftest import FixedClock
from tests.shared_events.store.drafts import drafts

T = TypeVar("T")

WRITERS: Final = 3
LOCK_SECONDS_MAX: Final = 0.15
"""Shorter than in production, where five seconds are short."""
PATIENT_SECONDS_MAX: Final = 5.0
"""Of the doomed writer, so that it can be stopped while it waits."""

NOTHING_WRITTEN: Final = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
NOBODY_KNOWS: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    OSError,
)


@dataclass(slots=True)
class Attempt:
    """One append that somebody asked for, and what came of it; `None` while nobody knows."""

    append: Append
    outcome: Outcome | Exception | None = None

    @property
    def ids(self) -> list[str]:
        """Of its events."""
        return [str(event.event_id) for event in self.append.events]


@dataclass(slots=True)
class Ground:
    """Lives as long as its loop; every example brings subjects of its own."""

    dsn: str
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    writers: list[EventStore] = field(default_factory=list)
    pools: list[asyncpg.Pool] = field(default_factory=list)
    seen: dict[int, list[Stored]] = field(default_factory=dict)
    """By partition, what the tailing reader has got, in its order."""
    cursor: dict[int, int] = field(default_factory=dict)
    examples: int = 0
    attempts: int = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """In the ground's own loop."""
        return self.runner.run(work)

    async def open(self) -> None:
        """Connect everybody."""
        for _ in range(WRITERS):
            self.writers.append(EventStore("intake", await self._pool(LOCK_SECONDS_MAX), FixedClock()))
        self.cursor = await self.writers[0].heads()

    async def close(self) -> None:
        """And disconnect."""
        for pool in self.pools:
            pool.terminate()

    async def doomed(self) -> tuple[EventStore, asyncpg.Pool, int]:
        """A writer of one connection, and the number of the server process behind that."""
        pool = await self._pool(PATIENT_SECONDS_MAX, connections=1)
        number: int = await pool.fetchval("select pg_backend_pid()")
        return EventStore("intake", pool, FixedClock()), pool, number

    async def prepare(self, subject: str, shape: tuple[int, int], key: str | None = None) -> Attempt:
        """An append of `count` events to where the stream is now, or `delta` beside it; well chained."""
        delta, count = shape
        self.attempts += 1
        mark = f"{self.attempts}"
        stream = await self.writers[0].load(subject)
        expected = max(0, stream.version + delta)
        events = drafts(subject, expected + 1, count, mark=mark, previous=stream.digest)
        command_key = None if key is None else CommandKey("attack", key, mark.encode())
        return Attempt(Append(subject, expected, events, command_key))

    async def go_to_the_end(self) -> None:
        """Whatever an earlier example has left there."""
        while events := await self.writers[0].read(self.cursor, 1000):
            self.cursor.update((event.partition, event.sequence) for event in events)
        self.seen = {partition: [] for partition in range(PARTITIONS)}

    async def tail(self) -> None:
        """Read on, and check what a consumer checks: nothing is missing, nothing comes late."""
        for event in await self.writers[0].read(self.cursor, 100):
            assert event.sequence == self.cursor[event.partition] + 1, f"{event} comes after {self.cursor}"
            self.cursor[event.partition] = event.sequence
            self.seen[event.partition].append(event)

    async def as_owner(self, statement: str, *values: object) -> Any:
        """As somebody who may look at and end others' sessions."""
        connection = await asyncpg.connect(self.dsn)
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()

    async def until_blocked(self, number: int) -> None:
        """Until this server process waits for a lock."""
        waits = "select wait_event_type = 'Lock' from pg_stat_activity where pid = $1"
        async with asyncio.timeout(PATIENT_SECONDS_MAX):
            while not await self.as_owner(waits, number):  # noqa: ASYNC110 - another process waits
                await asyncio.sleep(0.01)

    async def _pool(self, lock_seconds_max: float, connections: int = 4) -> asyncpg.Pool:
        pool = await asyncpg.create_pool(
            self.dsn,
            min_size=1,
            max_size=connections,
            server_settings={
                "role": "zixun_app",
                "jit": "off",
                "plan_cache_mode": "force_generic_plan",
                "lock_timeout": f"{round(lock_seconds_max * 1000)}ms",
                "idle_in_transaction_session_timeout": "5s",
            },
        )
        self.pools.append(pool)
        return pool


async def carry_out(store: EventStore, attempt: Attempt) -> None:
    """And note what came of it."""
    try:
        attempt.outcome = await store.append(attempt.append)
    except NOTHING_WRITTEN as error:
        attempt.outcome = error
    except NOBODY_KNOWS:
        attempt.outcome = None


def judge(attempts: Sequence[Attempt], stored: Sequence[Stored]) -> None:
    """What was appended is there once, where it was said to be; what was not is nowhere."""
    by_version = {(event.subject, event.version): str(event.event_id) for event in stored}
    there = set(by_version.values())
    for attempt in attempts:
        match attempt.outcome:
            case Appended(version=version):
                assert version == attempt.append.expected_version + len(attempt.ids)
                places = range(attempt.append.expected_version + 1, version + 1)
                assert [by_version[attempt.append.subject, place] for place in places] == attempt.ids
            case Repeated():
                pass  # what it repeats is judged
            case Conflict() | Exception():
                assert there.isdisjoint(attempt.ids), f"{attempt} was not to be written"
            case None:
                assert there.issuperset(attempt.ids) or there.isdisjoint(attempt.ids), f"{attempt} is there in part"


def stop(number: int) -> None:
    """A server process that stands still, as on a machine that hangs."""
    os.kill(number, SIGSTOP)


def wake(number: int) -> None:
    """And goes on."""
    os.kill(number, SIGCONT)
