"""Folds the ledger's views again from the log, compares them with the live ones, and puts them in their place (P6)."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Final
from uuid import UUID

import asyncpg

from ledger_svc.views.tickets.view import ticket_view
from services.wiring import Zixun
from shared_events.log.port import Entry, Log
from shared_events.runtime.checkpoints import Checkpoints
from shared_events.runtime.effects import Effects
from shared_events.runtime.runner import Resources, Runner
from shared_events.store.partition import PARTITIONS

NEXT: Final = "ledger_next"
CLOSE_ENOUGH: Final = 1000
"""So many events may be left for the moment in which the live consumer is held."""


class RebuildRefused(Exception):
    """The new views are not put in the place of the live ones; the message says why."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found: the tickets whose rows are not what their events say, and those that were left out."""

    events: int
    tickets: int
    digest: str
    different: tuple[str, ...]
    parked: tuple[str, ...]
    switched: bool = False


async def rebuild(
    zixun: Zixun, owner: asyncpg.Connection, report: Callable[[int, int], None], *, switch: bool
) -> Rebuilt:
    """Beside the running system, which is held only while the last events are folded and the tables change places.

    `owner` owns the tables. `report` is told how many events are folded, and of how many. Without `switch` nothing is
    changed.
    """
    await _make_tables(owner)
    try:
        bounded = _UpTo(zixun.log)
        runner = _runner(zixun, bounded)
        while (left := await _follow(owner, runner, bounded, report)) > CLOSE_ENOUGH:
            report(0, left)
        rebuilt = await _compare(owner, runner, bounded)
        if switch:
            await _switch(owner, runner, bounded)
        return replace(rebuilt, switched=switch)
    finally:
        await owner.execute(f"drop schema if exists {NEXT} cascade")


class _UpTo:
    """The log up to where the live consumer is; what comes later is not there yet."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.ends: dict[int, int] = {}

    async def log_id(self) -> UUID:
        return await self._log.log_id()

    async def original(self, entry: Entry) -> object:
        return await self._log.original(entry)

    async def read(self, offsets: Mapping[int, int], limit: int) -> dict[int, list[Entry]]:
        found = await self._log.read(offsets, limit)
        known = {
            partition: [entry for entry in entries if entry.offset < self.ends.get(partition, 0)]
            for partition, entries in found.items()
        }
        return {partition: entries for partition, entries in known.items() if entries}


class _Unchallenged:
    """All partitions of tables that nobody else knows."""

    async def hold(self) -> Mapping[int, int]:
        return dict.fromkeys(range(PARTITIONS), 1)

    async def stay(self) -> None:
        return

    async def release(self) -> None:
        return


async def _make_tables(owner: asyncpg.Connection) -> None:
    await owner.execute(f"drop schema if exists {NEXT} cascade; create schema {NEXT}")
    for package, path in (
        ("ledger_svc", "migrations/0001_views.sql"),
        ("ledger_svc", "migrations/0002_due.sql"),
        ("shared_events", "runtime/migrations/0001_consumer.sql"),
    ):
        await owner.execute(files(package).joinpath(path).read_text(encoding="utf-8").replace("{schema}", NEXT))


def _runner(zixun: Zixun, log: _UpTo) -> Runner:
    async def unheard(_consumer: str, _checkpoint: object) -> None:
        return

    return Runner(
        Checkpoints(zixun.pool, NEXT, "ledger"),
        Effects([ticket_view(NEXT)], []),
        Resources(log=log, shares=_Unchallenged(), clock=zixun.clock, progressed=unheard),  # type: ignore[arg-type] # reads only
    )


async def _follow(owner: asyncpg.Connection, runner: Runner, log: _UpTo, report: Callable[[int, int], None]) -> int:
    """Fold up to where the live consumer was; how many events it has taken in since."""
    log.ends = await _live_ends(owner)
    before = sum(log.ends.values())
    while await runner.turn():
        report(await _folded(owner), before)
    if runner.stopped:
        raise RebuildRefused(f"The log cannot be folded: {runner.stopped}")
    return sum((await _live_ends(owner)).values()) - before


async def _compare(owner: asyncpg.Connection, runner: Runner, log: _UpTo) -> Rebuilt:
    """At the same place of the log, to the row; readers go on, the live consumer waits."""
    async with _held(owner, "share"):
        await _follow(owner, runner, log, _unreported)
        await _refuse_new_parking(owner)
        return Rebuilt(
            events=sum(log.ends.values()),
            tickets=await owner.fetchval(f"select count(*) from {NEXT}.ticket"),
            digest=await owner.fetchval(
                f"select md5(coalesce(string_agg(md5(t::text), '' order by ticket_id), '')) from {NEXT}.ticket t"
            ),
            different=await _different(owner),
            parked=await _parked(owner),
        )


async def _switch(owner: asyncpg.Connection, runner: Runner, log: _UpTo) -> None:
    """Fold the little that has come since; then the positions are the same, and the live consumer simply goes on.

    The lock is the strongest from the start: whoever makes a weaker one stronger waits for those who wait for him.
    """
    async with _held(owner, "access exclusive"):
        await _follow(owner, runner, log, _unreported)
        await _refuse_new_parking(owner)
        await owner.execute(
            f"""
            drop table ledger.ticket;
            alter table {NEXT}.ticket set schema ledger;
            delete from ledger.parked where consumer = 'ledger';
            insert into ledger.parked select * from {NEXT}.parked;
            """
        )


@asynccontextmanager
async def _held(owner: asyncpg.Connection, mode: str) -> AsyncIterator[None]:
    async with owner.transaction():
        await owner.execute("set local lock_timeout = '30s'")
        await owner.execute(f"lock table ledger.ticket in {mode} mode")
        yield


def _unreported(_done: int, _all: int) -> None:
    return


async def _different(owner: asyncpg.Connection) -> tuple[str, ...]:
    """Parked tickets are left out: their rows are known to be behind (D9)."""
    rows = await owner.fetch(
        f"""
        select ticket_id from ledger.ticket live full join {NEXT}.ticket rebuilt using (ticket_id)
        where live::text is distinct from rebuilt::text
            and ticket_id not in (select subject from ledger.parked union all select subject from {NEXT}.parked)
        order by ticket_id
        """
    )
    return tuple(row["ticket_id"] for row in rows)


async def _parked(owner: asyncpg.Connection) -> tuple[str, ...]:
    parked = "select distinct subject from ledger.parked where consumer = 'ledger' order by subject"
    return tuple(row["subject"] for row in await owner.fetch(parked))


async def _refuse_new_parking(owner: asyncpg.Connection) -> None:
    new = await owner.fetch(
        f"""
        select distinct subject, reason from {NEXT}.parked
        where subject not in (select subject from ledger.parked where consumer = 'ledger')
        """
    )
    if new:
        subjects = ", ".join(f"{row['subject']} ({row['reason']})" for row in new[:5])
        raise RebuildRefused(f"{len(new)} events that the live views have taken in cannot be folded again: {subjects}")


async def _live_ends(owner: asyncpg.Connection) -> dict[int, int]:
    rows = await owner.fetch("select partition, next_offset from ledger.checkpoint where consumer = 'ledger'")
    return {row["partition"]: row["next_offset"] for row in rows}


async def _folded(owner: asyncpg.Connection) -> int:
    count: int = await owner.fetchval(f"select coalesce(sum(next_offset), 0) from {NEXT}.checkpoint")
    return count
