"""Derives SLA's rows again from the log and from what SLA has said, compares them, and mends those that differ (P6).

Nothing is said anew: what has to be said is for SLA's process to say.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from itertools import groupby
from typing import Final

import asyncpg

from services.wiring import Zixun
from shared_events.log.postgres import entry_of
from shared_events.runtime.checkpoints import Checkpoints
from shared_events.store.partition import partition_of
from shared_events.store.rows import EVENT_COLUMNS, Connection, stored_of
from sla_svc.adapters.comparing import Mismatch, mismatches, unreadable
from sla_svc.adapters.deriving import Evidence, derived
from sla_svc.adapters.handled import HANDLES
from sla_svc.adapters.rulebooks import Rulebooks
from sla_svc.adapters.tickets import PostgresTickets
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.rulebook import Rulebook
from sla_svc.ports import ClockRow, TicketRow

PAGE: Final = 100
"""Tickets that are in memory at a time."""

DIFFERENT_MAX: Final = 1000
"""Of more tickets only the number is kept."""

ARCHIVE_SECONDS_MAX: Final = 30.0
LOOK_SECONDS: Final = 0.2

_TICKET: Final = ", ".join(field.name for field in fields(TicketRow) if field.name != "rows")
_CLOCK: Final = ", ".join(field.name for field in fields(ClockRow))
_HANDLED: Final = [kind.__name__ for kind in HANDLES]

# All of which there is anything: in the log, or in either table. Of the log and of the clocks each id is looked up in
# an index, however many entries it has.
_NEXT: Final = """
    with recursive subject(id) as (
        (select subject from log.log_entry where subject > $1 order by subject limit 1)
        union all
        select (select l.subject from log.log_entry l where l.subject > s.id order by l.subject limit 1)
        from subject s where s.id is not null
    ), clocked(id) as (
        (select ticket_id from sla.clock where ticket_id > $1 order by ticket_id limit 1)
        union all
        select (select c.ticket_id from sla.clock c where c.ticket_id > k.id order by c.ticket_id limit 1)
        from clocked k where k.id is not null
    )
    select id from (
        (select id from subject where id is not null limit $2)
        union
        (select id from clocked where id is not null limit $2)
        union
        (select ticket_id from sla.ticket where ticket_id > $1 order by ticket_id limit $2)
    ) known(id) order by id limit $2
"""
_PLACES: Final = """
    select c.partition, c.next_offset, h.next_offset < c.next_offset as is_behind
    from sla.checkpoint c join log.head h using (partition) where c.consumer = 'sla'
"""
_LOGGED: Final = f"""
    select "offset", source, {EVENT_COLUMNS} from log.log_entry
    where subject = any($1::text[]) and type = any($2::text[]) order by subject, "offset"
"""
_SAID: Final = f"select {EVENT_COLUMNS} from sla.event where subject = any($1::text[]) order by subject, version"
_FENCE: Final = """
    with raised as (
        update sla.share set epoch = epoch + 1 where consumer = 'sla' and partition = $1 returning epoch
    )
    update sla.checkpoint c set epoch = raised.epoch from raised where c.consumer = 'sla' and c.partition = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClocksChecked:
    """What was found. Without an owner nothing was mended."""

    tickets: int
    different: int
    """So many tickets are not as they have to be."""
    mismatches: Sequence[Mismatch]
    """Where, of the first of them."""
    mended: int
    """Of so many the rows were written anew."""
    undecided: Sequence[str]
    """The ledger's copy of the log was too far behind SLA to tell."""
    parked: Sequence[str]
    """Left out: events of them are parked, so they are known to be behind (D9)."""

    @property
    def wrong(self) -> int:
        """So many tickets are still not as they have to be."""
        return self.different - self.mended


async def check_clocks(
    zixun: Zixun, report: Callable[[int, int], None], *, owner: asyncpg.Connection | None = None
) -> ClocksChecked:
    """Beside the running system. `report` is told how many tickets are done, and of how many.

    With `owner`, who owns the tables, the rows that differ are written anew, each while its partition stands still.
    """
    checking = _Checking(zixun, owner)
    total: int = await zixun.pool.fetchval("select count(*) from sla.ticket")
    after, done = "", 0
    while page := await _next_page(zixun.pool, after):
        done += await checking.look(page)
        report(done, max(done, total))
        after = page[-1]
    await checking.look_again_at_undecided()
    return checking.found(done)


class _Checking:
    def __init__(self, zixun: Zixun, owner: asyncpg.Connection | None) -> None:
        self._zixun = zixun
        self._owner = owner
        self._rulebooks = Rulebooks(zixun.stores["sla"], zixun.clock)
        self._tickets = PostgresTickets(zixun.pool)
        self._mismatches: list[Mismatch] = []
        self._different = 0
        self._mended = 0
        self._undecided: set[str] = set()
        self._parked: set[str] = set()

    def found(self, tickets: int) -> ClocksChecked:
        return ClocksChecked(
            tickets=tickets,
            different=self._different,
            mismatches=self._mismatches,
            mended=self._mended,
            undecided=sorted(self._undecided),
            parked=sorted(self._parked),
        )

    async def look(self, page: Sequence[str]) -> int:
        """Compare these; how many of them are tickets of SLA's."""
        async with _snapshot(self._zixun.pool) as connection:
            known = await _known(connection, page)
        self._parked |= known.parked
        # Read after them, so that it has whatever they go by.
        rulebook = await self._rulebooks.current(fresh=True)
        differing = {each.ticket_id: found for each in known.evidence if (found := _compared(each, rulebook))}
        self._undecided.update(ticket for ticket in differing if partition_of(ticket) in known.behind)
        if self._owner is not None:
            to_mend = [ticket for ticket, found in differing.items() if any(each.in_rows for each in found)]
            await self._mend(self._owner, [ticket for ticket in to_mend if ticket not in self._undecided])
        left_out = self._undecided | self._parked
        self._note([found for ticket, found in differing.items() if ticket not in left_out])
        return len(known.evidence)

    async def look_again_at_undecided(self) -> None:
        """The ledger's copy of Kafka comes after SLA's own reading of it: soon it has the same."""
        until = self._zixun.clock.monotonic() + ARCHIVE_SECONDS_MAX
        while self._undecided and self._zixun.clock.monotonic() < until:
            await asyncio.sleep(LOOK_SECONDS)
            waiting, self._undecided = sorted(self._undecided), set()
            for start in range(0, len(waiting), PAGE):
                await self.look(waiting[start : start + PAGE])

    def _note(self, differing: Sequence[Sequence[Mismatch]]) -> None:
        for found in differing:
            self._different += 1
            if self._different <= DIFFERENT_MAX:
                self._mismatches += found

    async def _mend(self, owner: asyncpg.Connection, tickets: Sequence[str]) -> None:
        """Partition by partition, and looked at again there, where nothing moves on meanwhile."""
        for partition, group in groupby(sorted(tickets, key=partition_of), key=partition_of):
            page = list(group)
            async with owner.transaction():
                await owner.execute("set local lock_timeout = '30s'")
                await Checkpoints(self._zixun.pool, "sla", "sla").lock(owner, partition)
                # As if it changed hands: what its worker has decided by the wrong rows it cannot commit any more, and
                # it learns when the next timer falls due.
                await owner.execute(_FENCE, partition)
                known = await _known(owner, page)
                self._parked |= known.parked
                if partition in known.behind:
                    self._undecided.update(page)
                    continue
                rulebook = await self._rulebooks.current(fresh=True)
                for each in known.evidence:
                    await self._write(owner, each.ticket_id, derived(each, rulebook, METRICS).row)
                left = [each for each in (await _known(owner, page)).evidence if _compared(each, rulebook)]
                self._mended += len(known.evidence) - len(left)

    async def _write(self, owner: asyncpg.Connection, ticket: str, row: TicketRow | None) -> None:
        if row is None:
            await owner.execute("delete from sla.ticket where ticket_id = $1", ticket)
        else:
            await self._tickets.save(owner, [row])
        clocks = [] if row is None else [each.clock_id for each in row.rows]
        superfluous = "delete from sla.clock where ticket_id = $1 and clock_id <> all($2::text[])"
        await owner.execute(superfluous, ticket, clocks)


@dataclass(frozen=True, slots=True)
class _Known:
    """`behind`: the partitions of which the ledger has not yet copied all that SLA has taken in."""

    evidence: Sequence[Evidence]
    behind: frozenset[int]
    parked: frozenset[str]


def _compared(evidence: Evidence, rulebook: Rulebook) -> list[Mismatch]:
    try:
        return list(mismatches(evidence, derived(evidence, rulebook, METRICS), rulebook.terms_of))
    except (ValueError, LookupError) as error:
        return [unreadable(evidence, error)]


@asynccontextmanager
async def _snapshot(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """Everything as it was at one moment, so that nothing that moves on meanwhile looks wrong."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        yield connection


async def _known(connection: Connection, page: Sequence[str]) -> _Known:
    """Of these, those of which there is anything, but for parked ones: they are known to be behind (D9)."""
    places = await connection.fetch(_PLACES)
    ends = {row["partition"]: row["next_offset"] for row in places}
    parked = await connection.fetch("select subject from sla.parked where consumer = 'sla' and subject = any($1)", page)
    aside = frozenset(row["subject"] for row in parked)
    rows = await connection.fetch(f"select {_TICKET} from sla.ticket where ticket_id = any($1)", page)
    clocks = await connection.fetch(f"select ticket_id, {_CLOCK} from sla.clock where ticket_id = any($1)", page)
    logged = await connection.fetch(_LOGGED, page, _HANDLED)
    said = await connection.fetch(_SAID, page)
    tickets = {row["ticket_id"]: TicketRow(**row) for row in rows}
    shown, facts, streams = _by(clocks, "ticket_id"), _by(logged, "subject"), _by(said, "subject")
    evidence = [
        Evidence(
            ticket_id=each,
            row=tickets.get(each),
            clock_rows=[_clock_row(row) for row in shown.get(each, ())],
            facts=[entry_of(row) for row in facts.get(each, ()) if row["offset"] < ends.get(row["partition"], 0)],
            stream=[stored_of(row, "sla") for row in streams.get(each, ())],
        )
        for each in page
        if each not in aside
    ]
    return _Known(
        [each for each in evidence if each.row or each.clock_rows or each.facts],
        frozenset(row["partition"] for row in places if row["is_behind"]),
        aside,
    )


def _by(rows: Sequence[asyncpg.Record], column: str) -> dict[str, list[asyncpg.Record]]:
    """In their order."""
    found: dict[str, list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


def _clock_row(row: asyncpg.Record) -> ClockRow:
    return ClockRow(**{name: value for name, value in row.items() if name != "ticket_id"})


async def _next_page(pool: asyncpg.Pool, after: str) -> list[str]:
    return [row["id"] for row in await pool.fetch(_NEXT, after, PAGE)]
