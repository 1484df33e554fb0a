"""The event store in memory, with the same locks in the same order as the one in PostgreSQL."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared_events.clock import Clock
from shared_events.contracts.envelope import Draft, Position, Stored
from shared_events.store.appends import Append, Appended, CommandKey, Conflict, Outcome, Repeated, Stream
from shared_events.store.partition import PARTITIONS, partition_of
from tests.system.simulation.database import Database, Transaction
from tests.system.simulation.virtual_time import START


@dataclass(slots=True)
class Tables:
    """What a store's schema holds."""

    events: dict[int, list[Stored]] = field(default_factory=lambda: {partition: [] for partition in range(PARTITIONS)})
    streams: dict[str, list[Stored]] = field(default_factory=dict)
    commands: dict[tuple[str, str], Repeated] = field(default_factory=dict)
    recorded_at: dict[int, datetime] = field(default_factory=lambda: dict.fromkeys(range(PARTITIONS), START))
    relayed: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Staged:
    """What one transaction has added so far."""

    events: list[Stored] = field(default_factory=list)
    commands: dict[tuple[str, str], Repeated] = field(default_factory=dict)


class MemoryStore:
    """One process's access to the tables of one source."""

    def __init__(self, source: str, database: Database, tables: Tables, clock: Clock) -> None:
        self.source = source
        self.tables = tables
        self._database = database
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []

    def on_append(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def announce(self) -> None:
        for listener in self._listeners:
            listener()

    async def append(self, append: Append) -> Outcome:
        async with self._database.transaction() as transaction:
            rejected = await self.append_in(transaction, [append])
            if rejected:
                return rejected[0]
            staged = self._staged(transaction)
            last = staged.events[-1] if append.events else None
        self.announce()
        partition = partition_of(append.subject)
        recorded_at = self.tables.recorded_at[partition] if last is None else last.recorded_at
        sequence = len(self.tables.events[partition]) if last is None else last.sequence
        version = append.expected_version + len(append.events)
        return Appended(version, Position(self.source, partition, sequence), recorded_at)

    async def append_in(self, transaction: Transaction, appends: Sequence[Append]) -> Mapping[int, Conflict | Repeated]:
        for partition in sorted({partition_of(append.subject) for append in appends}):
            await self._database.lock(transaction, (self.source, partition))
        await self._database.pause()
        staged = self._staged(transaction)
        rejected: dict[int, Conflict | Repeated] = {}
        for place, append in enumerate(appends):
            reason = self._reason_against(append, staged)
            if reason is not None:
                rejected[place] = reason
        if not rejected:
            for append in appends:
                self._stage(append, staged)
        return rejected

    async def load(
        self, subject: str, *, version_max: int | None = None, recorded_until: datetime | None = None
    ) -> Stream:
        await self._database.pause()
        events = [
            event
            for event in self.tables.streams.get(subject, [])
            if (version_max is None or event.version <= version_max)
            and (recorded_until is None or event.recorded_at <= recorded_until)
        ]
        return Stream(subject, events)

    async def load_many(self, subjects: Sequence[str]) -> dict[str, Stream]:
        await self._database.pause()
        return {subject: Stream(subject, list(self.tables.streams.get(subject, []))) for subject in subjects}

    async def find_command(self, key: CommandKey) -> Repeated | None:
        await self._database.pause()
        return self.tables.commands.get((key.scope, key.key))

    async def read(self, after: Mapping[int, int], limit: int) -> list[Stored]:
        await self._database.pause()
        return [
            event
            for partition, sequence in sorted(after.items())
            for event in self.tables.events[partition][sequence : sequence + limit]
        ]

    async def heads(self) -> dict[int, int]:
        await self._database.pause()
        return {partition: len(events) for partition, events in self.tables.events.items()}

    async def close_time(self, moment: datetime) -> dict[int, int]:
        async with self._database.transaction() as transaction:
            for partition in range(PARTITIONS):
                await self._database.lock(transaction, (self.source, partition))
                self.tables.recorded_at[partition] = max(self.tables.recorded_at[partition], moment)
            return {partition: len(events) for partition, events in self.tables.events.items()}

    async def relayed(self) -> dict[int, int]:
        await self._database.pause()
        return dict(self.tables.relayed)

    async def note_relayed(self, upto: Mapping[int, int]) -> None:
        await self._database.pause()
        for partition, sequence in upto.items():
            self.tables.relayed[partition] = max(self.tables.relayed.get(partition, 0), sequence)

    def _staged(self, transaction: Transaction) -> Staged:
        """This transaction's additions, which become visible with its commit."""
        staged = transaction.staged.get(self.source)
        if staged is None:
            staged = transaction.staged[self.source] = Staged()
            transaction.changes.append(lambda: self._commit(staged))
        assert isinstance(staged, Staged)
        return staged

    def _reason_against(self, append: Append, staged: Staged) -> Conflict | Repeated | None:
        key = append.command_key
        if key is not None:
            name = (key.scope, key.key)
            done = self.tables.commands.get(name) or staged.commands.get(name)
            if done is not None:
                return done
        version = len(self.tables.streams.get(append.subject, []))
        version += sum(event.subject == append.subject for event in staged.events)
        return None if version == append.expected_version else Conflict(version)

    def _stage(self, append: Append, staged: Staged) -> None:
        partition = partition_of(append.subject)
        for draft in append.events:
            place = sum(event.partition == partition for event in staged.events)
            staged.events.append(self._numbered(draft, partition, len(self.tables.events[partition]) + place + 1))
        if append.command_key is not None:
            position = Position(self.source, partition, staged.events[-1].sequence) if append.events else None
            version = append.expected_version + len(append.events)
            fingerprint = append.command_key.fingerprint
            name = (append.command_key.scope, append.command_key.key)
            staged.commands[name] = Repeated(append.subject, version, position, fingerprint)

    def _numbered(self, draft: Draft, partition: int, sequence: int) -> Stored:
        return Stored(
            **{name: getattr(draft, name) for name in Draft.__dataclass_fields__},
            source=self.source,
            partition=partition,
            sequence=sequence,
            recorded_at=max(self._clock.now(), self.tables.recorded_at[partition]),
        )

    def _commit(self, staged: Staged) -> None:
        for event in staged.events:
            self.tables.events[event.partition].append(event)
            self.tables.streams.setdefault(event.subject, []).append(event)
            self.tables.recorded_at[event.partition] = event.recorded_at
        self.tables.commands.update(staged.commands)
