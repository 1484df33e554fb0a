"""Leases, and the partitions that workers share, in memory; the production code decides who gets which."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared_events.clock import Clock
from shared_events.runtime.lease import LEASE_SECONDS
from shared_events.runtime.sharing import LOOK_SECONDS, Change, change_for
from shared_events.store.partition import PARTITIONS
from tests.system.simulation.database import Database


@dataclass(slots=True)
class LeaseRow:
    holder: str = ""
    epoch: int = 0
    expires_at: float = 0.0


class MemoryLease:
    """One process's claim; the row outlives it."""

    def __init__(self, database: Database, row: LeaseRow, *, holder: str, clock: Clock) -> None:
        self._database = database
        self._row = row
        self._holder = holder
        self._clock = clock
        self._epoch: int | None = None
        self._renewed_at = float("-inf")

    async def hold(self) -> int | None:
        now = self._clock.monotonic()
        if self._epoch is not None and now - self._renewed_at < LEASE_SECONDS / 3:
            return self._epoch
        await self._database.pause()
        row, time = self._row, self._clock.monotonic()
        if row.holder == self._holder or row.expires_at <= time:
            if row.holder != self._holder or row.expires_at <= time:
                row.epoch += 1
            row.holder, row.expires_at = self._holder, time + LEASE_SECONDS
            self._epoch = row.epoch
        else:
            self._epoch = None
        self._renewed_at = now
        return self._epoch

    async def release(self) -> None:
        self._epoch = None
        if self._row.holder == self._holder:
            self._row.expires_at = 0.0


@dataclass(slots=True)
class ShareTables:
    """Until when each worker of a consumer is a member, and who holds which partition under which epoch."""

    members: dict[str, float] = field(default_factory=dict)
    holders: dict[int, str | None] = field(default_factory=lambda: dict.fromkeys(range(PARTITIONS)))
    epochs: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(PARTITIONS), 0))


class MemoryShares:
    """One worker's part."""

    def __init__(self, database: Database, tables: ShareTables, *, consumer: str, holder: str, clock: Clock) -> None:
        self._database = database
        self._tables = tables
        self._consumer = consumer
        self._holder = holder
        self._clock = clock
        self._mine: Mapping[int, int] = {}
        self._looked_at = float("-inf")

    async def hold(self) -> Mapping[int, int]:
        now = self._clock.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return self._mine
        await self._database.pause()
        if self._change().is_needed:
            async with self._database.transaction() as transaction:
                await self._database.lock(transaction, (self._consumer, "shares"))
                change = self._change()
                transaction.changes.append(lambda: self._make(change))
        self._mine = {
            partition: self._tables.epochs[partition]
            for partition, holder in self._tables.holders.items()
            if holder == self._holder
        }
        self._looked_at = now
        return self._mine

    async def stay(self) -> None:
        self._tables.members[self._holder] = self._clock.monotonic() + LEASE_SECONDS

    async def release(self) -> None:
        self._mine = {}
        self._looked_at = float("-inf")
        self._tables.members.pop(self._holder, None)
        for partition, holder in self._tables.holders.items():
            self._tables.holders[partition] = None if holder == self._holder else holder

    def _change(self) -> Change:
        now = self._clock.monotonic()
        self._tables.members[self._holder] = now + LEASE_SECONDS
        alive = {member for member, expires_at in self._tables.members.items() if expires_at > now}
        return change_for(self._holder, alive, self._tables.holders)

    def _make(self, change: Change) -> None:
        for partition in change.give_up:
            self._tables.holders[partition] = None
        for partition in change.claim:
            self._tables.holders[partition] = self._holder
            self._tables.epochs[partition] += 1
