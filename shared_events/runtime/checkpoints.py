"""The checkpoints of a consumer and what it parked, in its service's schema of PostgreSQL."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from shared_events.log.port import Entry
from shared_events.runtime.ports import Checkpoint, Fenced, ForeignLog, Move
from shared_events.store.rows import EVENT_COLUMNS, Connection, stored_of, values_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedSubject:
    """A subject that a consumer has set aside: since when, how many events, and what was wrong with the first."""

    consumer: str
    subject: str
    since: datetime
    count: int
    reason: str


class Checkpoints:
    """See `Checkpointing`."""

    def __init__(self, pool: asyncpg.Pool, schema: str, consumer: str) -> None:
        self._pool = pool
        self.schema = schema
        self.consumer = consumer

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection with a transaction begun."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield connection

    async def take_over(self, epochs: Mapping[int, int], log_id: UUID) -> dict[int, Checkpoint]:
        """Put one's epochs on these partitions, so that older holders cannot commit any more; where they stand."""
        rows = await self._pool.fetch(
            f"""
            insert into {self.schema}.checkpoint as c (consumer, partition, log_id, next_offset, epoch)
            select $1, t.partition, $2, 0, t.epoch from unnest($3::int[], $4::bigint[]) t(partition, epoch)
            order by t.partition
            on conflict (consumer, partition) do update set epoch = excluded.epoch, log_id = case when exists (
                select from {self.schema}.checkpoint r where r.consumer = c.consumer and r.next_offset > 0
            ) then c.log_id else excluded.log_id end
            where c.epoch <= excluded.epoch
            returning partition, log_id, next_offset, seen_by_source, epoch
            """,
            self.consumer,
            log_id,
            list(epochs.keys()),
            list(epochs.values()),
        )
        for row in rows:
            if row["log_id"] != log_id:
                raise ForeignLog(
                    f"{self.consumer} has read log {row['log_id']}, but this is log {log_id}; "
                    "point it at its own log, or rebuild it for this one"
                )
        return {
            row["partition"]: Checkpoint(
                row["partition"], row["next_offset"], orjson.loads(row["seen_by_source"]), row["epoch"]
            )
            for row in rows
        }

    async def advance(self, connection: Connection, moves: Sequence[Move]) -> None:
        """Compare and set within the consumer's transaction."""
        moved = await connection.fetch(
            f"""
            update {self.schema}.checkpoint c set next_offset = m.after, seen_by_source = m.seen::jsonb
            from unnest($2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[])
                m(partition, epoch, before, after, seen)
            join (
                select partition from {self.schema}.checkpoint where consumer = $1 and partition = any($2)
                order by partition for update
            ) locked on locked.partition = m.partition
            where c.consumer = $1 and c.partition = m.partition and c.next_offset = m.before and c.epoch = m.epoch
            returning c.partition
            """,
            self.consumer,
            [move.before.partition for move in moves],
            [move.before.epoch for move in moves],
            [move.before.next_offset for move in moves],
            [move.after.next_offset for move in moves],
            [orjson.dumps(move.after.seen).decode() for move in moves],
        )
        taken_over = {move.before.partition for move in moves} - {row["partition"] for row in moved}
        if taken_over:
            raise Fenced(f"{self.consumer}: partition {min(taken_over)} was taken over; nothing was changed")

    async def lock(self, connection: Connection, partition: int) -> None:
        """Keep the runner from committing to this partition until the transaction ends."""
        await connection.execute(
            f"select 1 from {self.schema}.checkpoint where consumer = $1 and partition = $2 for update",
            self.consumer,
            partition,
        )

    async def seen(self) -> dict[int, Mapping[str, int]]:
        """What every partition has seen, as committed."""
        rows = await self._pool.fetch(
            f"select partition, seen_by_source from {self.schema}.checkpoint where consumer = $1", self.consumer
        )
        return {row["partition"]: orjson.loads(row["seen_by_source"]) for row in rows}

    async def parked_subjects(self) -> set[str]:
        """The subjects whose events wait for a retry."""
        rows = await self._pool.fetch(
            f"select distinct subject from {self.schema}.parked where consumer = $1", self.consumer
        )
        return {row["subject"] for row in rows}

    async def parked_summary(self) -> list[ParkedSubject]:
        """What waits for a retry, a line per subject, the oldest first."""
        rows = await self._pool.fetch(
            f"""
            select subject, min(parked_at) since, count(*) count, (array_agg(reason order by "offset"))[1] reason
            from {self.schema}.parked where consumer = $1 group by subject order by since, subject
            """,
            self.consumer,
        )
        return [ParkedSubject(consumer=self.consumer, **row) for row in rows]

    async def park(self, connection: Connection, entry: Entry, reason: str, at: datetime) -> None:
        """Set an entry aside."""
        await connection.execute(
            f"""
            insert into {self.schema}.parked (consumer, parked_at, reason, "offset", source, {EVENT_COLUMNS})
            values ({", ".join(f"${number}" for number in range(1, 22))})
            on conflict do nothing
            """,
            self.consumer,
            at,
            reason,
            entry.offset,
            entry.stored.source,
            *values_of(entry.stored),
        )

    async def parked(self, subject: str, connection: Connection | None = None) -> list[Entry]:
        """The parked entries of a subject, in log order."""
        rows = await (connection or self._pool).fetch(
            f"""
            select "offset", source, {EVENT_COLUMNS} from {self.schema}.parked
            where consumer = $1 and subject = $2 order by "offset"
            """,
            self.consumer,
            subject,
        )
        return [Entry(row["offset"], stored_of(row, row["source"])) for row in rows]

    async def unpark(self, connection: Connection, entry: Entry) -> None:
        """Forget a parked entry that has now been taken in."""
        await connection.execute(
            f'delete from {self.schema}.parked where consumer = $1 and partition = $2 and "offset" = $3',
            self.consumer,
            entry.stored.partition,
            entry.offset,
        )
