"""Whole consultations per second of the all-in-one, against an application that answers the same and keeps nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from benchmarks.calling import rate_during
from benchmarks.connection import connections
from benchmarks.consultation import consult
from benchmarks.measuring import Bound, Result, alternate
from benchmarks.served import served
from benchmarks.setting import Setting, agent
from services.wiring import CONSUMERS, SOURCES

CALLERS: Final = 32
LOOK_SECONDS: Final = 0.25

_BEHIND: Final = " union all ".join(
    f"select e.recorded_at from {consumer}.checkpoint c join {source}.event e on e.partition = c.partition"
    f" and e.sequence = coalesce((c.seen_by_source->>'{source}')::bigint, 0) + 1"
    for consumer in CONSUMERS
    for source in SOURCES
)
_LAG_SECONDS: Final = f"select extract(epoch from clock_timestamp() - min(recorded_at)) from ({_BEHIND}) waiting"


async def measure(setting: Setting) -> AsyncIterator[Result]:
    """One result."""
    seconds = setting.either(10, 1)
    lags = [0.0]
    async with setting.database() as dsn, served("all", dsn) as zixun, served("storeless", dsn) as storeless:
        headers = await agent(dsn)

        async def ours() -> float:
            async with connections(zixun.port, CALLERS, headers) as callers, _watching_lag(dsn, lags):
                return await rate_during(seconds, callers, consult)

        async def peer() -> float:
            async with connections(storeless.port, CALLERS, headers) as callers:
                return await rate_during(seconds, callers, consult)

        mine, theirs = await alternate(ours, peer, setting.rounds)
    yield Result(
        name="whole consultations",
        unit="consultations/s",
        ours=mine,
        peer=theirs,
        goal=[Bound("ratio", ">=", 0.25), Bound("lag_seconds_max", "<", 1.0)],
        found={"lag_seconds_max": max(lags)},
    )


@asynccontextmanager
async def _watching_lag(dsn: str, lags: list[float]) -> AsyncIterator[None]:
    """Look again and again how old the oldest event is that some consumer has not taken in."""
    connection = await asyncpg.connect(dsn)

    async def watch() -> None:
        while True:
            lags.append(float(await connection.fetchval(_LAG_SECONDS) or 0))
            await asyncio.sleep(LOOK_SECONDS)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await connection.close()
