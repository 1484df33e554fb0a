"""What the process of the all-in-one keeps in memory after an import, and after a million events."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import psutil

from benchmarks.connection import connections
from benchmarks.consultation import consult
from benchmarks.large_tables import fill_events
from benchmarks.measuring import Bound, Result, Rounds
from benchmarks.served import Served, served
from benchmarks.setting import Setting, agent, assembled
from services.catching_up import catch_up
from services.importing.importer import Importer
from services.importing.incident_file import read_cases
from services.wiring import Zixun

FILE: Final = Path(__file__).parents[2] / "shared/data/volvo-incidents-2013.csv.gz"
MEGABYTES_MAX: Final = 400.0
GROWTH_MAX: Final = 1.2
"""What counts as flat."""


async def measure(setting: Setting) -> AsyncIterator[Result]:
    """After the import, and after the events; the second against the first."""
    async with setting.database() as dsn, served("all", dsn) as process, assembled(dsn) as zixun:
        async with connections(process.port, 8, await agent(dsn)) as callers:
            for caller in callers:
                await consult(caller)
        if FILE.exists():
            await _import(setting, zixun)
        first = _resident(process)
        yield Result(
            name="memory after importing the incidents" if FILE.exists() else "memory after a few consultations",
            unit="MB",
            ours=first,
            goal=[Bound("value", "<", MEGABYTES_MAX)],
            note=None if FILE.exists() else "the incident file is not beside the repository",
        )
        events = setting.either(1_000_000, 2_000)
        await fill_events(dsn, events)
        await catch_up(zixun, lambda *_: None)
        goal = [Bound("value", "<", MEGABYTES_MAX), Bound("ratio", "<", GROWTH_MAX)]
        yield Result(name="memory after 10^6 events", unit="MB", ours=_resident(process), peer=first, goal=goal)


async def _import(setting: Setting, zixun: Zixun) -> None:
    """From this process, as the command line does beside a running instance; the other one relays and consumes."""
    cases = read_cases(FILE, zixun.clock.now())
    await Importer(zixun).run(cases[: setting.either(len(cases), 50)], lambda *_: None)
    await catch_up(zixun, lambda *_: None)


def _resident(process: Served) -> Rounds:
    return Rounds([psutil.Process(process.pid).memory_info().rss / 1e6])
