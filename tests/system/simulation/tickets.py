"""The rows of tickets and clocks in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sla_svc.ports import ClockRow, TicketRow
from tests.system.simulation.database import Database, Transaction


@dataclass(slots=True)
class TicketTables:
    """What outlives a process."""

    tickets: dict[str, TicketRow] = field(default_factory=dict)
    clocks: dict[tuple[str, str], ClockRow] = field(default_factory=dict)


class MemoryTickets:
    """One process's access to them; see `Tickets`."""

    def __init__(self, database: Database, tables: TicketTables) -> None:
        self._database = database
        self._tables = tables

    async def load(self, tickets: Sequence[str]) -> dict[str, TicketRow]:
        await self._database.pause()
        return {each: self._tables.tickets[each] for each in tickets if each in self._tables.tickets}

    async def save(self, transaction: Transaction, rows: Sequence[TicketRow]) -> None:
        await self._database.pause()
        transaction.changes.append(lambda: self._set(rows))

    async def due(self, through: Mapping[int, datetime], limit: int, without: Collection[str]) -> list[TicketRow]:
        await self._database.pause()
        due = [
            (row.due_at, row.ticket_id, row)
            for row in self._tables.tickets.values()
            if row.partition in through and row.due_at is not None and row.due_at <= through[row.partition]
        ]
        return [row for _, ticket, row in sorted(due, key=lambda each: each[:2]) if ticket not in without][:limit]

    async def next_due(self, partitions: Collection[int], without: Collection[str]) -> dict[int, datetime]:
        await self._database.pause()
        found: dict[int, datetime] = {}
        for row in self._tables.tickets.values():
            if row.due_at is not None and row.partition in partitions and row.ticket_id not in without:
                found[row.partition] = min(row.due_at, found.get(row.partition, row.due_at))
        return found

    async def page(self, after: str, limit: int) -> list[TicketRow]:
        await self._database.pause()
        return [row for ticket, row in sorted(self._tables.tickets.items()) if ticket > after][:limit]

    async def count(self) -> int:
        await self._database.pause()
        return len(self._tables.tickets)

    def _set(self, rows: Sequence[TicketRow]) -> None:
        for row in rows:
            self._tables.tickets[row.ticket_id] = replace(row, rows=())
            for clock in row.rows:
                self._tables.clocks[row.ticket_id, clock.clock_id] = clock
