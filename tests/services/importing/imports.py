"""Imports for tests: a centre on a database, an import into it, and what the ledger then shows."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from ledger_svc.views.tickets.row import TICKET
from services.catching_up import catch_up
from services.database import connect_pool
from services.importing.importer import Importer, ImportResult
from services.importing.incident_file import Case
from services.settings import Settings
from services.wiring import Zixun, assemble
from services.worker import working
from shared_events.clock import SystemClock
from shared_events.log.cluster import Cluster

MASTER_KEY: Final = bytes(range(32))
REAL_LOG: Final = Path(__file__).parents[3].parent / "shared" / "data" / "volvo-incidents-2013.csv.gz"

OF_THE_RUN: Final = {"number"}
"""Columns whose values are handed out as an import goes: an interrupted one leaves gaps in the short numbers."""

DOCUMENT: Final = """
    document::jsonb || jsonb_build_object('clocks', (
        select jsonb_agg(clock - 'clock_id' order by clock->>'metric', clock->'cycle')
        from jsonb_array_elements(document::jsonb->'clocks') clock
    ))
"""
"""As jsonb, because the order of a document's keys tells which service's events the ledger saw first.

So does the order in which SLA began the clocks, of what SLA saw. Their ids are made of those of events, which are new
in every run; metric and cycle name a clock as well.
"""


@asynccontextmanager
async def centre(database: str, cluster: Cluster | None = None) -> AsyncIterator[Zixun]:
    """A system with nothing running yet."""
    async with await connect_pool(database, Settings(database_connections_max=8)) as pool:
        yield await assemble(pool, MASTER_KEY, SystemClock(), cluster)


async def import_cases(zixun: Zixun, cases: Sequence[Case]) -> ImportResult:
    """Import, and wait until everything is in the views."""
    result = await Importer(zixun).run(cases, _nobody)
    async with working(zixun):
        await catch_up(zixun, _nobody)
    return result


async def import_for_ledger(zixun: Zixun, cases: Sequence[Case]) -> ImportResult:
    """Import, and let all but SLA take it in: its clocks, which the figures do not count, take as long as all else."""
    result = await Importer(zixun).run(cases, _nobody)
    for relay in zixun.relays:
        while await relay.turn():
            pass
    for runner in (each for each in zixun.runners if each.name != "sla"):
        while await runner.turn():
            pass
    assert not any(runner.stopped for runner in zixun.runners), "all was taken in"
    return result


async def ledger_digest(zixun: Zixun) -> str:
    """Over every column of every ticket that the ledger shows, except what the run itself hands out."""
    names = [column.name for column in TICKET.columns if column.name not in OF_THE_RUN]
    columns = ", ".join(DOCUMENT if name == "document" else name for name in names)
    rows = await zixun.pool.fetch(f"select ({columns})::text from ledger.ticket order by ticket_id")
    return hashlib.sha256("\n".join(row[0] for row in rows).encode()).hexdigest()


def real_log() -> Path:
    """The incident log that lies beside the project; a test that needs it skips where it is absent."""
    if not REAL_LOG.exists():
        pytest.skip(f"This test needs the real incident log, expected at {REAL_LOG}.")
    return REAL_LOG


def _nobody(_done: int, _total: int) -> None:
    """Nobody watches."""
