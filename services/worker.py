"""Runs relays and consumers until it is told to stop; one that fails is started again, ever more slowly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, Protocol

import structlog

from services.wiring import Zixun

PAUSE_SECONDS_FIRST: Final = 0.1
PAUSE_SECONDS_MAX: Final = 5.0

_log = structlog.get_logger(__name__)


class Loop(Protocol):
    """What runs for ever."""

    async def run(self) -> None:
        """Never returns."""
        ...

    async def stop(self) -> None:
        """Tidy up after `run` was cancelled."""
        ...


@asynccontextmanager
async def working(zixun: Zixun) -> AsyncIterator[None]:
    """Relay and consume while the block runs."""
    loops: list[Loop] = [*zixun.relays, *zixun.runners]
    tasks = [asyncio.create_task(_keep_running(loop)) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for loop in loops:
            with suppress(Exception):
                await loop.stop()
        await zixun.presence.leave()


async def _keep_running(loop: Loop) -> None:
    pause_seconds = PAUSE_SECONDS_FIRST
    while True:
        try:
            await loop.run()
        except Exception as error:  # noqa: BLE001 - the edge of a loop: it is logged, and tried again
            _log.error("loop failed", loop=type(loop).__name__, error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(PAUSE_SECONDS_MAX, pause_seconds * 2)
