"""Checkpoints and a view in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded
from shared_events.log.port import Entry
from shared_events.runtime.ports import Checkpoint, Fenced, ForeignLog, Move
from tests.system.simulation.database import Database, Transaction


@dataclass(slots=True)
class CheckpointRow:
    log_id: UUID
    checkpoint: Checkpoint
    epoch: int


@dataclass(slots=True)
class ConsumerTables:
    """What a consumer's schema holds."""

    rows: dict[int, CheckpointRow] = field(default_factory=dict)
    parked: list[tuple[Entry, str]] = field(default_factory=list)
    seen: list[tuple[str, str, int]] = field(default_factory=list)
    """The view's table: (subject, source, version), in the order of taking in."""


class MemoryCheckpoints:
    """One process's access to the checkpoints of one consumer."""

    def __init__(self, consumer: str, database: Database, tables: ConsumerTables) -> None:
        self.consumer = consumer
        self.tables = tables
        self._database = database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self._database.transaction() as transaction:
            yield transaction

    async def take_over(self, epochs: Mapping[int, int], log_id: UUID) -> dict[int, Checkpoint]:
        taken: dict[int, Checkpoint] = {}
        async with self.transaction() as transaction:
            for partition, epoch in sorted(epochs.items()):
                await self.lock(transaction, partition)
                row = self.tables.rows.setdefault(partition, CheckpointRow(log_id, Checkpoint(partition), epoch))
                if row.epoch > epoch:
                    continue
                if not any(each.checkpoint.next_offset for each in self.tables.rows.values()):
                    row.log_id = log_id
                if row.log_id != log_id:
                    raise ForeignLog(f"{self.consumer} has read log {row.log_id}, but this is log {log_id}")
                row.epoch = epoch
                taken[partition] = replace(row.checkpoint, epoch=epoch)
        return taken

    async def advance(self, transaction: Transaction, moves: Sequence[Move]) -> None:
        for move in sorted(moves, key=lambda move: move.before.partition):
            await self._advance(transaction, move)

    async def _advance(self, transaction: Transaction, move: Move) -> None:
        partition = move.before.partition
        await self.lock(transaction, partition)
        await self._database.pause()
        row = self.tables.rows[partition]
        if (row.checkpoint.next_offset, row.epoch) != (move.before.next_offset, move.before.epoch):
            raise Fenced(f"{self.consumer}: partition {partition} was taken over; nothing was changed")
        transaction.changes.append(lambda: self._set(move.after))

    async def lock(self, transaction: Transaction, partition: int) -> None:
        await self._database.lock(transaction, (self.consumer, "checkpoint", partition))

    async def seen(self) -> dict[int, Mapping[str, int]]:
        await self._database.pause()
        return {partition: row.checkpoint.seen for partition, row in self.tables.rows.items()}

    async def parked_subjects(self) -> set[str]:
        await self._database.pause()
        return {entry.stored.subject for entry, _ in self.tables.parked}

    async def parked(self, subject: str, transaction: Transaction | None = None) -> list[Entry]:  # noqa: ARG002 - the port's
        await self._database.pause()
        return [entry for entry, _ in self.tables.parked if entry.stored.subject == subject]

    async def park(self, transaction: Transaction, entry: Entry, reason: str, at: datetime) -> None:  # noqa: ARG002 - the port's
        await self._database.pause()
        transaction.changes.append(lambda: self.tables.parked.append((entry, reason)))

    async def unpark(self, transaction: Transaction, entry: Entry) -> None:
        await self._database.pause()
        transaction.changes.append(lambda: self._forget(entry))

    def _set(self, after: Checkpoint) -> None:
        self.tables.rows[after.partition].checkpoint = after

    def _forget(self, entry: Entry) -> None:
        self.tables.parked = [item for item in self.tables.parked if item[0].offset != entry.offset]


class MemoryView:
    """Writes down what it takes in, and how often."""

    name = "seen"

    def __init__(self, handles: tuple[type[Fact], ...], tables: ConsumerTables, database: Database) -> None:
        self.handles = handles
        self._tables = tables
        self._database = database

    async def apply(self, connection: Any, batch: Sequence[Recorded[Any]]) -> None:
        await self._database.pause()
        rows = [(recorded.stored.subject, recorded.stored.source, recorded.stored.version) for recorded in batch]
        connection.changes.append(lambda: self._tables.seen.extend(rows))
