"""How fast SLA takes in the real incident log, whether all that it says of it is true, and how the tiers fared."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from benchmarks.incidents_examined import Examined, examine
from benchmarks.measuring import Bound, Result, Rounds, Skipped
from benchmarks.setting import Setting, assembled
from services.importing.importer import Importer
from services.importing.incident_file import read_cases
from services.wiring import SOURCES, Zixun
from shared_events.clock import SystemClock
from shared_events.runtime.relay import Relay
from shared_events.runtime.runner import Runner
from shared_events.store.partition import PARTITIONS
from sla_svc.views.clocks import FigureFilters, clock_figures

LOG: Final = Path(__file__).parents[2] / "shared" / "data" / "volvo-incidents-2013.csv.gz"
"""It lies beside the project."""

SHORT: Final = 40
"""Cases of a run that only shows that it works."""

SHOWN: Final = 5
"""Of what is wrong, if anything is."""


async def measure(setting: Setting) -> AsyncIterator[Result]:
    """From the log to the clocks and to every breach of those years; then a look at every ticket."""
    if not LOG.exists():
        raise Skipped("the real incident log does not lie beside the project")
    cases = read_cases(LOG, SystemClock().now())[: setting.either(1_000_000, SHORT)]
    async with setting.database() as dsn, assembled(dsn) as zixun:
        await Importer(zixun).run(cases, _nobody)
        for relay in zixun.relays:
            await _exhaust(relay)
        events = await zixun.pool.fetchval("select count(*) from log.log_entry")
        taking_seconds = await take_in(zixun)
        yield _taken_in(events / taking_seconds, await examine(zixun))
        async for result in _figures(zixun):
            yield result


async def take_in(zixun: Zixun) -> float:
    """The seconds in which SLA took in what the log has, and said what was over."""
    # As relays do it: before that, nobody knows that no other fact is to come.
    for source in SOURCES:
        await zixun.log.beat(source, dict.fromkeys(range(PARTITIONS), zixun.clock.now()))
    runner = next(runner for runner in zixun.runners if runner.name == "sla")
    began = time.perf_counter()
    await _exhaust(runner)
    assert not runner.stopped, runner.stopped
    return time.perf_counter() - began


def _taken_in(rate: float, found: Examined) -> Result:
    return Result(
        name="incidents, taken in",
        unit="events/s",
        ours=Rounds([rate]),
        goal=[Bound("wrong", "<", 1)],
        found={
            "tickets": found.tickets,
            "clocks": found.clocks,
            "told": found.events,
            "breached": found.breached,
            "wrong": len(found.wrong),
        },
        note="; ".join(found.wrong[:SHOWN]) or "of the log, by SLA alone, in one process",
    )


async def _figures(zixun: Zixun) -> AsyncIterator[Result]:
    """Of each metric how long it took, the middle one, and how many were in time."""
    for row in await clock_figures(zixun.pool, FigureFilters()):
        hours = {f"p{percent}_hours": row[f"p{percent}"] / 3_600 for percent in (50, 90, 99)}
        counts = {"clocks": row["met"], "in_time": row["in_time"], "breached": row["breached"]}
        yield Result(
            name=f"incidents, {row['metric']}",
            unit="in time of those met",
            ours=Rounds([row["in_time"] / row["met"]]),
            goal=[],
            found=counts | hours,
            note=None if row["tier"] is None else f"the time of {row['tier']}",
        )


async def _exhaust(part: Relay | Runner) -> None:
    while await part.turn():
        pass


def _nobody(_done: int, _total: int) -> None:
    """Nobody watches."""
