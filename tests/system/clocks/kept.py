"""SLA's process on a store and rows in memory, which a test drives from moment to moment."""

import heapq
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Final

from shared_events.contracts import decode
from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded, Stored
from shared_events.ids import IdSource
from shared_events.runtime.process import Outcome
from shared_events.store.partition import PARTITIONS
from sla_svc.adapters.encoding import clocks_decoded, facts_decoded
from sla_svc.adapters.keeping import Keeping
from sla_svc.domain.clocks.clock import Clock
from sla_svc.domain.facts import Observed
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.rulebook import Rulebook
from sla_svc.ports import TicketRow
from tests.shared_events.conftest import FixedClock
from tests.system.simulation.database import Database
from tests.system.simulation.store import MemoryStore, Tables
from tests.system.simulation.tickets import MemoryTickets, TicketTables

FIRED_AT_ONCE: Final = 100


class OneRulebook:
    """Nothing is ever published."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook

    async def current(self, *, fresh: bool = False) -> Rulebook:  # noqa: ARG002 - the port's
        return self.rulebook


class QuickTickets(MemoryTickets):
    """With an index on what is due next, for a year of it."""

    def __init__(self, database: Database, tables: TicketTables) -> None:
        super().__init__(database, tables)
        self._rows = tables.tickets
        self._by_due: list[tuple[datetime, str]] = []

    async def due(self, through: Mapping[int, datetime], limit: int, without: Collection[str]) -> list[TicketRow]:
        assert not without, "nothing fails here"
        looked_at: list[tuple[datetime, str]] = []
        found: dict[str, TicketRow] = {}
        while self._by_due and len(found) < limit and self._by_due[0][0] <= max(through.values()):
            entry = heapq.heappop(self._by_due)
            row = self._rows[entry[1]]
            if row.due_at == entry[0]:
                looked_at.append(entry)
                if row.due_at <= through[row.partition]:
                    found[row.ticket_id] = row
        for entry in looked_at:
            heapq.heappush(self._by_due, entry)
        return list(found.values())

    def earliest(self) -> datetime | None:
        """When something falls due next."""
        while self._by_due and self._rows[self._by_due[0][1]].due_at != self._by_due[0][0]:
            heapq.heappop(self._by_due)
        return self._by_due[0][0] if self._by_due else None

    def _set(self, rows: Sequence[TicketRow]) -> None:
        super()._set(rows)
        for row in rows:
            if row.due_at is not None:
                heapq.heappush(self._by_due, (row.due_at, row.ticket_id))


class Kept:
    """The process and all that it keeps; `clock` says when its events are recorded."""

    def __init__(self, rulebook: Rulebook, clock: FixedClock) -> None:
        self.clock = clock
        self.rulebook = rulebook
        self.tables = Tables()
        self.rows = TicketTables()
        self._database = Database(Random(1), delay_seconds_max=0)
        self.store = MemoryStore("sla", self._database, self.tables, clock)
        self.tickets = QuickTickets(self._database, self.rows)
        ids = IdSource(clock, Random(2).getrandbits)
        self.process = Keeping(self.store, self.tickets, OneRulebook(rulebook), METRICS, ids=ids)

    async def take(self, batch: Sequence[Recorded[Fact]]) -> Outcome:
        """Facts, as they come out of the log."""
        outcome = await self.process.decide(batch)
        await self._commit(outcome)
        return outcome

    async def pass_to(self, known_through: datetime) -> None:
        """What falls due by then, each in its time, or now if that is over."""
        while (due := self.tickets.earliest()) is not None and due <= known_through:
            self.clock.moment = max(self.clock.moment, due)
            await self.fire(min(known_through, self.clock.moment))

    async def fire(self, through: datetime) -> None:
        """One batch of what is due."""
        moments = dict.fromkeys(range(PARTITIONS), through)
        timers = await self.process.due(moments, FIRED_AT_ONCE, ())
        await self._commit(await self.process.fire(timers, moments))

    def facts(self, ticket: str) -> list[Observed]:
        """What is kept of a ticket."""
        return facts_decoded(self.rows.tickets[ticket].facts)

    def clocks(self, ticket: str) -> list[Clock]:
        """Its clocks."""
        return clocks_decoded(self.rows.tickets[ticket].clocks, self.rulebook.terms_of)

    def told(self, ticket: str) -> list[tuple[Fact, Stored]]:
        """What was said of it."""
        return [(decode(stored), stored) for stored in self.tables.streams.get(ticket, [])]

    async def _commit(self, outcome: Outcome) -> None:
        async with self._database.transaction() as transaction:
            await self.process.write(transaction, outcome)
            rejected = await self.store.append_in(transaction, outcome.appends)
            assert not rejected, rejected
