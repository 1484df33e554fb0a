"""The log in PostgreSQL: the embedded default, also right for a small centre."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from shared_events.contracts.envelope import Stored
from shared_events.log.port import Entry, Heartbeat, LogRefused
from shared_events.store.rows import EVENT_COLUMNS, columns_of, stored_of

_COLUMNS: Final = f'"offset", source, {EVENT_COLUMNS}'
_PUBLISH: Final = f"select * from log.publish({', '.join(f'${number}' for number in range(1, 18))})"
_REFUSED: Final = "ZX001"


class PostgresLog:
    """Publishes through one function, which locks the partitions' heads; readers read committed rows by offset."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._published = asyncio.Condition()
        self._ends: dict[int, int] = {}
        self._log_id: UUID | None = None

    async def log_id(self) -> UUID:
        """Which log this is."""
        if self._log_id is None:
            self._log_id = await self._pool.fetchval("select log_id from log.identity")
            assert self._log_id is not None, "the migration gave the log its identity"
        return self._log_id

    async def publish(self, source: str, events: Sequence[Stored]) -> None:
        """One transaction for all of them."""
        if not events:
            return
        try:
            ends = await self._pool.fetch(_PUBLISH, source, *columns_of(events))
        except asyncpg.PostgresError as error:
            if error.sqlstate == _REFUSED:
                raise LogRefused(str(error)) from error
            raise
        await self._announce({row["partition"]: row["next_offset"] for row in ends})

    async def read(self, offsets: Mapping[int, int], limit: int) -> dict[int, list[Entry]]:
        """One query for all partitions."""
        rows = await self._pool.fetch(
            f"""
            select l.* from unnest($1::int[], $2::bigint[]) as wanted(partition, next_offset)
            cross join lateral (
                select {_COLUMNS} from log.log_entry l
                where l.partition = wanted.partition and l."offset" >= wanted.next_offset
                order by l."offset" limit $3
            ) l order by l.partition, l."offset"
            """,
            list(offsets.keys()),
            list(offsets.values()),
            limit,
        )
        entries: dict[int, list[Entry]] = {}
        for row in rows:
            entries.setdefault(row["partition"], []).append(entry_of(row))
        return entries

    async def read_subject(self, subject: str, *, from_offset: int = 0, limit: int = 2**31 - 1) -> list[Entry]:
        """The entries of one subject in log order."""
        rows = await self._pool.fetch(
            f'select {_COLUMNS} from log.log_entry where subject = $1 and "offset" >= $2 order by "offset" limit $3',
            subject,
            from_offset,
            limit,
        )
        return [entry_of(row) for row in rows]

    async def wait(self, offsets: Mapping[int, int], timeout_seconds: float) -> None:
        """Woken by a publication of this process; those of others are seen when the time is up."""

        def published() -> bool:
            return any(self._ends.get(partition, 0) > offset for partition, offset in offsets.items())

        try:
            async with asyncio.timeout(timeout_seconds), self._published:
                await self._published.wait_for(published)
        except TimeoutError:
            return

    async def source_ends(self, source: str) -> dict[int, int]:
        """The last sequence of a source in each partition."""
        rows = await self._pool.fetch("select partition, sequence from log.source_head where source = $1", source)
        return {row["partition"]: row["sequence"] for row in rows}

    async def original(self, entry: Entry) -> Stored | None:
        """The event that has its number: here only one can."""
        row = await self._pool.fetchrow(
            f"select {_COLUMNS} from log.log_entry where source = $1 and partition = $2 and sequence = $3",
            entry.stored.source,
            entry.stored.partition,
            entry.stored.sequence,
        )
        return None if row is None else entry_of(row).stored

    async def beat(self, source: str, relayed_through: Mapping[int, datetime]) -> None:
        """One row per source and partition, moved forward."""
        await self._pool.execute(
            """
            insert into log.heartbeat (source, partition, relayed_through, next_offset)
            select $1, beat.partition, beat.moment, h.next_offset
            from unnest($2::int[], $3::timestamptz[]) beat(partition, moment)
            join log.head h on h.partition = beat.partition
            on conflict (source, partition) do update
            set relayed_through = greatest(heartbeat.relayed_through, excluded.relayed_through),
                next_offset = greatest(heartbeat.next_offset, excluded.next_offset)
            """,
            source,
            list(relayed_through.keys()),
            list(relayed_through.values()),
        )

    async def heartbeats(self) -> Sequence[Heartbeat]:
        """The last of each source and partition."""
        rows = await self._pool.fetch("select source, partition, relayed_through, next_offset from log.heartbeat")
        return [Heartbeat(*row) for row in rows]

    async def _announce(self, ends: Mapping[int, int]) -> None:
        """Wake those of this process who wait."""
        async with self._published:
            self._ends.update(ends)
            self._published.notify_all()


def entry_of(row: asyncpg.Record) -> Entry:
    """From a row of `log.log_entry`, or of a table with the same columns."""
    return Entry(row["offset"], stored_of(row, row["source"]))
