"""A system whose parts move when they are told to, to break SLA's rows in it and to write them again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from benchmarks.drafts import receptions
from services.clock_rebuilding import ClocksChecked, check_clocks
from services.database import connect_pool
from services.settings import Settings
from services.wiring import Zixun, assemble
from tests.shared_events.conftest import FixedClock
from tests.system.serving import MASTER_KEY


@dataclass(frozen=True)
class Ground:
    """A system whose parts move when they are told to, and the address of its database."""

    zixun: Zixun
    clock: FixedClock
    database: str

    async def receive(self, count: int, ago: timedelta) -> None:
        """Calls, recorded now."""
        for append in receptions(count, self.clock.now() - ago):
            await self.zixun.stores["intake"].append(append)

    async def go_on(self) -> None:
        """A moment later everything is relayed and taken in by SLA, and what is due is fired."""
        self.clock.advance(2)
        for relay in self.zixun.relays:
            while await relay.turn():
                pass
        runner = next(runner for runner in self.zixun.runners if runner.name == "sla")
        while await runner.turn():
            pass
        assert not runner.stopped

    async def check(self) -> ClocksChecked:
        """Nothing is changed."""
        return await check_clocks(self.zixun, unreported)

    async def mend(self) -> ClocksChecked:
        """What differs is written again."""
        owner = await asyncpg.connect(self.database)
        try:
            return await check_clocks(self.zixun, unreported, owner=owner)
        finally:
            await owner.close()

    async def rows(self) -> list[str]:
        """Of both tables."""
        tables = ("sla.ticket", "sla.clock")
        found = [await self.zixun.pool.fetch(f"select t::text from {table} t order by 1") for table in tables]
        return [row[0] for rows in found for row in rows]

    async def said(self) -> int:
        """How many events SLA has appended."""
        count: int = await self.zixun.pool.fetchval("select count(*) from sla.event")
        return count


@asynccontextmanager
async def standing_on(database: str) -> AsyncIterator[Ground]:
    async with await connect_pool(database, Settings(database_connections_max=4)) as pool:
        clock = FixedClock()
        zixun = await assemble(pool, MASTER_KEY, clock, None)
        yield Ground(zixun, clock, database)
        await zixun.presence.leave()


def unreported(_done: int, _total: int) -> None:
    """Nobody watches."""
