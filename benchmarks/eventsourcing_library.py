"""Append with 32 callers, against the recorder for PostgreSQL of the `eventsourcing` package."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from benchmarks.calling import rate
from benchmarks.drafts import receptions
from benchmarks.measuring import Bound, Result, Skipped, alternate
from benchmarks.setting import Setting, assembled

CALLERS: Final = 32
GOAL: Final = 15.0


async def measure(setting: Setting) -> AsyncIterator[Result]:
    """As the recorder is by default, and with the database functions that it offers, each on an empty database."""
    for with_functions in (False, True):
        async with setting.database() as dsn:
            yield await _against(setting, dsn, with_functions=with_functions)


async def _against(setting: Setting, dsn: str, *, with_functions: bool) -> Result:
    count, count_peer = setting.either(10_000, 300), setting.either(2_000, 100)
    async with assembled(dsn) as zixun:
        with _recorder(dsn, with_functions=with_functions) as recorder, ThreadPoolExecutor(CALLERS) as threads:

            async def ours() -> float:
                return await rate(list(receptions(count)), CALLERS, zixun.stores["intake"].append)

            async def theirs() -> float:
                return await asyncio.to_thread(_rate, recorder, _stored(count_peer), threads)

            mine, peer = await alternate(ours, theirs, setting.rounds)
    return Result(
        name="append, 32 callers, eventsourcing" + (" with database functions" if with_functions else ""),
        unit="appends/s",
        ours=mine,
        peer=peer,
        goal=[Bound("ratio", ">=", GOAL)],
        note="the peer has 32 threads and writes no command row",
    )


@contextmanager
def _recorder(dsn: str, *, with_functions: bool) -> Iterator[Any]:
    try:
        from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
    except ModuleNotFoundError as missing:
        raise Skipped(f"{missing.name} is not installed; `make bench` installs it") from None
    parts = urlsplit(dsn)
    with PostgresDatastore(
        dbname=unquote(parts.path[1:]),
        host=parse_qs(parts.query)["host"][0],
        port=5432,
        user=parts.username or "",
        password=unquote(parts.password or ""),
        pool_size=CALLERS,
        enable_db_functions=with_functions,
    ) as datastore:
        recorder = PostgresApplicationRecorder(datastore)
        recorder.create_table()
        yield recorder


def _stored(count: int) -> list[Any]:
    from eventsourcing.persistence import StoredEvent

    return [
        StoredEvent(originator_id=UUID(append.subject), originator_version=1, topic=event.type, state=event.body)
        for append in receptions(count)
        for event in append.events
    ]


def _rate(recorder: Any, events: Sequence[Any], threads: ThreadPoolExecutor) -> float:
    began = time.perf_counter()
    for _ in threads.map(lambda event: recorder.insert_events([event]), events):
        pass
    return len(events) / (time.perf_counter() - began)
