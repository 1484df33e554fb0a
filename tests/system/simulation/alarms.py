"""A process on rows in memory: an alarm a moment after each reception, that a withdrawal takes back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.intake import ConsultationReceived, ConsultationWithdrawn
from shared_events.contracts.sla import SlaWarned
from shared_events.ids import IdSource
from shared_events.runtime.commands import Call, append_of
from shared_events.runtime.process import Outcome, Timer
from shared_events.store.appends import Append, Stream
from shared_events.store.partition import partition_of
from shared_events.store.port import Store, Transaction
from sla_svc.ports import TicketRow
from tests.system.simulation.tickets import MemoryTickets

AFTER = timedelta(seconds=0.5)
"""Soon enough to fall due while processes die."""


class Alarms:
    """See `Process`."""

    handles: tuple[type[Fact], ...] = (ConsultationReceived, ConsultationWithdrawn)
    sources = ("intake",)

    def __init__(self, store: Store, tickets: MemoryTickets, ids: IdSource) -> None:
        self.store = store
        self._tickets = tickets
        self._ids = ids

    async def decide(self, batch: Sequence[Recorded[Fact]]) -> Outcome:
        rows = await self._tickets.load(sorted({recorded.stored.subject for recorded in batch}))
        for recorded in batch:
            subject = recorded.stored.subject
            row = rows.get(subject) or TicketRow(ticket_id=subject, partition=partition_of(subject))
            is_open = isinstance(recorded.event, ConsultationReceived)
            rows[subject] = replace(row, due_at=recorded.stored.recorded_at + AFTER if is_open else None)
        due: dict[int, datetime] = {}
        for row in rows.values():
            if row.due_at is not None:
                due[row.partition] = min(row.due_at, due.get(row.partition, row.due_at))
        return Outcome([], list(rows.values()), due)

    async def due(self, through: Mapping[int, datetime], limit: int, without: Collection[str]) -> Sequence[Timer]:
        rows = await self._tickets.due(through, limit, without)
        return [Timer(row.ticket_id, row.partition, row.due_at, row) for row in rows if row.due_at is not None]

    async def fire(self, timers: Sequence[Timer], through: Mapping[int, datetime]) -> Outcome:
        appends: list[Append] = []
        rows: list[TicketRow] = []
        for timer in timers:
            assert timer.due_at <= through[timer.partition]
            row: TicketRow = timer.row
            stream = Stream(row.ticket_id, (), (row.stream_version, row.stream_digest))
            appends.append(append_of(stream, [_rung(timer.due_at)], Call(row.ticket_id), ({}, self._ids)))
            last = appends[-1].events[-1]
            rows.append(replace(row, due_at=None, stream_version=last.version, stream_digest=last.digest))
        return Outcome(appends, rows, {})

    async def next_due(self, partitions: Collection[int], without: Collection[str]) -> Mapping[int, datetime]:
        return await self._tickets.next_due(partitions, without)

    async def write(self, transaction: Transaction, outcome: Outcome) -> None:
        await self._tickets.save(transaction, outcome.rows)


def _rung(due_at: datetime) -> SlaWarned:
    return SlaWarned(
        at=due_at, by="system:sla", clock_id="alarm", metric="alarm", cycle=1, warning="rung", elapsed_seconds=1
    )
