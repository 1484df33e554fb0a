"""What it costs to fire what falls due, whether few clocks are open or many, and how late it is under load."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from benchmarks.bare import bare
from benchmarks.calling import rate
from benchmarks.drafts import receptions
from benchmarks.measuring import Bound, Result, Rounds, alternate
from benchmarks.served import served
from benchmarks.setting import CONNECTIONS_MAX, MASTER_KEY, Setting, assembled
from services.database import connect_pool
from services.settings import Settings
from services.wiring import SOURCES, Zixun, assemble
from shared_events.clock import SystemClock
from shared_events.store.partition import PARTITIONS

CALLERS: Final = 32
PATIENCE_SECONDS: Final = 120
AGES: Final = timedelta(days=60)
"""After this long every clock of a ticket has run out."""

_FILL_TICKETS: Final = f"""
    insert into sla.ticket
    select 'filled-' || n, n % {PARTITIONS}, t.facts, t.clocks, t.stream_version, t.stream_digest, t.horizon,
        t.due_at + interval '10 years' + n * interval '1 second'
    from (select * from sla.ticket order by ticket_id limit 1) t, generate_series(1, $1::bigint) n
"""
_FILL_CLOCKS: Final = """
    insert into sla.clock
    select 'filled-' || n, 'filled-' || n || c.clock_id, c.metric, c.cycle, c.tier, c.category, c.policy,
        c.policy_version, c.policy_row, c.calendar, c.started_at, c.deadline + interval '10 years', null, c.state,
        c.elapsed_seconds, c.target_seconds, null, null
    from generate_series(1, $1::bigint) n
    join sla.clock c on c.ticket_id = (select ticket_id from sla.ticket order by ticket_id limit 1)
"""
_LATE: Final = """
    select count(*) fired, percentile_cont(0.5) within group (order by late) median,
        percentile_cont(0.99) within group (order by late) tail
    from (
        select extract(epoch from recorded_at - occurred_at) late from sla.event
        where type = 'SlaWarned' and occurred_at >= $1 and occurred_at < $2
    ) e
"""
_FIRED: Final = "select count(*) from sla.event where type in ('SlaWarned', 'SlaBreached')"


class ShiftedClock(SystemClock):
    """Ahead of the machine's, so that nobody has to wait for a deadline."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """The machine's moment and the shift."""
        return super().now() + self.ahead


async def measure(setting: Setting) -> AsyncIterator[Result]:
    """Many open clocks against few, firings against bare appends, and how late they are in a whole system."""
    many, few = setting.either(1_000_000, 300), setting.either(10_000, 30)
    tickets = setting.either(2_000, 10)
    async with _centre(setting, many) as large, _centre(setting, few) as small:
        mine, theirs = await alternate(lambda: large.fire(tickets), lambda: small.fire(tickets), setting.either(3, 1))
    goal = [Bound("ratio", ">=", 0.7)]
    note = f"thresholds fired with {many} clocks open, against {few}"
    yield Result(name="timers, many open", unit="firings/s", ours=mine, peer=theirs, goal=goal, note=note)
    async with _centre(setting, few) as centre, bare(centre.dsn) as peer:

        async def bare_appends() -> float:
            rows = [peer.rows_of(append) for append in receptions(setting.either(10_000, 300))]
            return await rate(rows, CALLERS, peer.write)

        mine, theirs = await alternate(lambda: centre.fire(tickets), bare_appends, setting.either(5, 1))
    goal = [Bound("ratio", ">=", 0.4)]
    note = f"against one bare transaction each with the rows of an append, {CALLERS} callers"
    yield Result(name="timers, fired", unit="firings/s", ours=mine, peer=theirs, goal=goal, note=note)
    yield await _lateness(setting)


@dataclass(slots=True)
class _Centre:
    """One system with many clocks open, whose parts move when they are told to."""

    dsn: str
    zixun: Zixun
    clock: ShiftedClock
    fired: int = field(default=0)

    async def fire(self, tickets: int) -> float:
        """Thresholds per second, of new tickets whose clocks all run out at once."""
        await self.receive(tickets)
        self.clock.ahead += AGES
        for source in SOURCES:
            await self.zixun.log.beat(source, dict.fromkeys(range(PARTITIONS), self.clock.now()))
        began = time.perf_counter()
        await self._consume()
        seconds = time.perf_counter() - began
        before, self.fired = self.fired, await self.zixun.pool.fetchval(_FIRED)
        return (self.fired - before) / seconds

    async def receive(self, tickets: int) -> None:
        """Consultations, until their clocks run."""
        await rate(list(receptions(tickets, self.clock.now())), CALLERS, self.zixun.stores["intake"].append)
        relay = next(relay for relay in self.zixun.relays if relay.source == "intake")
        while await relay.turn():
            pass
        await self._consume()

    async def fill(self, clocks: int) -> None:
        """As if so many clocks had been open for long."""
        await self.receive(1)
        owner = await asyncpg.connect(self.dsn)
        tickets = clocks // await owner.fetchval("select count(*) from sla.clock")
        await owner.execute(_FILL_CLOCKS, tickets)
        await owner.execute(_FILL_TICKETS, tickets)
        await owner.execute("vacuum analyze")
        await owner.close()

    async def _consume(self) -> None:
        runner = next(runner for runner in self.zixun.runners if runner.name == "sla")
        while await runner.turn():
            pass
        assert not runner.stopped, runner.stopped


@asynccontextmanager
async def _centre(setting: Setting, clocks: int) -> AsyncIterator[_Centre]:
    clock = ShiftedClock()
    async with (
        setting.database() as dsn,
        await connect_pool(dsn, Settings(database_connections_max=CONNECTIONS_MAX)) as pool,
    ):
        zixun = await assemble(pool, MASTER_KEY, clock, None)
        try:
            centre = _Centre(dsn, zixun, clock)
            await centre.fill(clocks)
            yield centre
        finally:
            await zixun.presence.leave()


async def _lateness(setting: Setting) -> Result:
    """From the moment when a threshold falls due until it is recorded, while everything else works too."""
    seconds, each_second = setting.either(20, 1), setting.either(500, 20)
    tails, medians = [], []
    async with setting.database() as dsn, served("all", dsn), assembled(dsn) as zixun:
        after = await _first_threshold(zixun)
        for _ in range(setting.either(3, 1)):
            begin = zixun.clock.now().replace(microsecond=0) + timedelta(seconds=setting.either(60, 5))
            for second in range(seconds):
                made = list(receptions(each_second, begin + timedelta(seconds=second) - after))
                await rate(made, CALLERS, zixun.stores["intake"].append)
            prepared = zixun.clock.now()
            assert prepared < begin, f"expected all receptions before {begin}, found that it was {prepared}"
            median, tail = await _late(zixun, (begin, begin + timedelta(seconds=seconds)), seconds * each_second)
            medians.append(median)
            tails.append(tail)
    goal = [Bound("value", "<", 1.0)]
    note = f"{each_second} thresholds fall due each second"
    found = {"p50": statistics.median(medians)}
    return Result(name="timers, lateness p99", unit="s", ours=Rounds(tails), goal=goal, found=found, note=note)


async def _first_threshold(zixun: Zixun) -> timedelta:
    """How long after a contact its first threshold falls due."""
    contacted_at = zixun.clock.now().replace(microsecond=0)
    await rate(list(receptions(1, contacted_at)), 1, zixun.stores["intake"].append)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (due_at := await zixun.pool.fetchval("select min(due_at) from sla.ticket")) is None:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.1)
    found: timedelta = due_at - contacted_at
    return found


async def _late(zixun: Zixun, between: tuple[datetime, datetime], count: int) -> tuple[float, float]:
    """The median and the 99th percentile of what falls due in between, when all of it was fired."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            (row,) = await zixun.pool.fetch(_LATE, *between)
            if row["fired"] >= count:
                return row["median"], row["tail"]
            await asyncio.sleep(0.5)
