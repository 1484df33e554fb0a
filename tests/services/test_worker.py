"""What fails is started again, whatever its failure looks like; what is ended ends."""

import asyncio
from dataclasses import replace
from typing import Any, cast

from services.database import connect_pool
from services.settings import Settings
from services.wiring import assemble
from services.worker import working
from shared_events.clock import SystemClock
from tests.system.serving import MASTER_KEY


class LeftAlone:
    """Waits for what others cancel, the first time."""

    name = "left alone"
    turns = 0

    def __init__(self) -> None:
        self.runs = 0
        self.is_back = asyncio.Event()
        self.was_ended = False

    async def run(self) -> None:
        self.runs += 1
        if self.runs == 1:
            waited_for: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            waited_for.cancel()
            await waited_for
        self.is_back.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.was_ended = True
            raise

    async def stop(self) -> None:
        """Nothing to tidy up."""


async def test_a_loop_goes_on_when_what_it_waited_for_was_cancelled_and_it_was_not(database: str) -> None:
    loop = LeftAlone()
    async with await connect_pool(database, Settings(database_connections_max=4)) as pool:
        zixun = await assemble(pool, MASTER_KEY, SystemClock(), None)
        async with working(replace(zixun, relays=(), runners=cast("Any", (loop,)))):
            await asyncio.wait_for(loop.is_back.wait(), 30)
            (watched,) = zixun.loops.watched
            assert isinstance(watched.error, ConnectionAbortedError)

    assert loop.runs == 2
    assert loop.was_ended
