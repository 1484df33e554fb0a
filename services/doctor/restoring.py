"""Brings events that a store has lost back from the log, with their numbers, versions, digests and moments (D5)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import asyncpg
import orjson

from intake_svc.adapters.serials import BLOCK
from intake_svc.domain.number import serial_of
from shared_events.contracts.envelope import GENESIS, Stored, chained_digest
from shared_events.store.partition import partition_of
from shared_events.store.rows import EVENT_COLUMNS, Connection, stored_of, values_of

BATCH_MAX: Final = 500

_KEY_ID: Final = re.compile(rb'"zx1:([^:"]+):')
_SERIALS: Final = "intake.consultation_serial"
_PLACES: Final = ", ".join(f"${place}" for place in range(1, 17))


class NotRestorable(Exception):
    """What the log has does not follow on what the store has; nothing of the partition was changed."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back to one partition, and whose personal texts in it nobody can read any more."""

    events: int
    head: int
    lost_keys: frozenset[str]


async def restore(pool: asyncpg.Pool, source: str, partition: int) -> Restored:
    """All or nothing, from `log.log_entry`. Raises `NotRestorable`."""
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(
            f"select sequence, recorded_at from {source}.head where partition = $1 for update", partition
        )
        assert row is not None, "every partition has a head"
        work = _Restoring(connection, source, partition, row["sequence"], row["recorded_at"])
        while events := await work.events():
            await work.insert(events)
        await work.move_head()
        if source == "intake":
            await _pass_serials(connection, work.serial)
        lost = await _lost_keys(connection, work.key_ids)
        return Restored(work.sequence - row["sequence"], work.sequence, lost)


@dataclass(slots=True)
class _Restoring:
    """One partition of one source in one transaction."""

    connection: Connection
    source: str
    partition: int
    sequence: int
    """Where the head stands, and moves on from."""
    recorded_at: datetime
    serial: int = 0
    key_ids: set[str] = field(default_factory=set)

    async def events(self) -> list[Stored]:
        rows = await self.connection.fetch(
            f"""
            select {EVENT_COLUMNS} from log.log_entry
            where source = $1 and partition = $2 and sequence > $3 order by sequence limit {BATCH_MAX}
            """,
            self.source,
            self.partition,
            self.sequence,
        )
        return [stored_of(row, self.source) for row in rows]

    async def insert(self, events: Sequence[Stored]) -> None:
        """Those that follow on what is there: by number, by version, and by the chain of digests."""
        streams = await self._ends_of({event.subject for event in events})
        for event in events:
            version, digest = streams.get(event.subject, (0, GENESIS))
            self._check(event, version, digest)
            streams[event.subject] = (event.version, event.digest)
            self.sequence = event.sequence
            self.recorded_at = max(self.recorded_at, event.recorded_at)
            self.key_ids |= {found.decode() for found in _KEY_ID.findall(event.body)}
            self.serial = max(self.serial, _serial_in(event))
        await self.connection.executemany(
            f"insert into {self.source}.event ({EVENT_COLUMNS}) values ({_PLACES})", list(map(values_of, events))
        )

    async def move_head(self) -> None:
        await self.connection.execute(
            f"update {self.source}.head set sequence = $2, recorded_at = $3 where partition = $1",
            self.partition,
            self.sequence,
            self.recorded_at,
        )

    async def _ends_of(self, subjects: set[str]) -> dict[str, tuple[int, bytes]]:
        rows = await self.connection.fetch(
            f"""
            select e.* from unnest($1::text[]) wanted(subject) cross join lateral (
                select subject, version, digest from {self.source}.event e
                where e.subject = wanted.subject order by version desc limit 1
            ) e
            """,
            sorted(subjects),
        )
        return {row["subject"]: (row["version"], row["digest"]) for row in rows}

    def _check(self, event: Stored, version: int, digest: bytes) -> None:
        expected = {
            "sequence": (self.sequence + 1, event.sequence),
            "version": (version + 1, event.version),
            "partition": (partition_of(event.subject), event.partition),
            "digest": (chained_digest(digest, event).hex(), event.digest.hex()),
        }
        for name, (wanted, found) in expected.items():
            if wanted != found:
                raise NotRestorable(
                    f"event {event.event_id} of {self.source}:{self.partition} in the log: expected {name} {wanted}, "
                    f"found {found}. Nothing of this partition was changed."
                )


def _serial_in(event: Stored) -> int:
    """Of the short number that a consultation was given; 0 if there is none."""
    if event.type != "ConsultationReceived":
        return 0
    try:
        return serial_of(orjson.loads(event.body)["number"])
    except (ValueError, KeyError):
        return 0


async def _pass_serials(connection: Connection, serial: int) -> None:
    """Take blocks until the next one is beyond every short number that came back: it is given to nobody again."""
    if serial == 0:
        return
    first = await connection.fetchval(f"select nextval('{_SERIALS}')")
    blocks = max(0, (serial - first) // BLOCK)
    await connection.fetch(f"select nextval('{_SERIALS}') from generate_series(1, $1::int)", blocks)


async def _lost_keys(connection: Connection, key_ids: set[str]) -> frozenset[str]:
    rows = await connection.fetch(
        """
        select wanted.key_id from unnest($1::text[]) wanted(key_id)
        where not exists (select from keys.person_key k where k.key_id = wanted.key_id)
        """,
        sorted(key_ids),
    )
    return frozenset(row["key_id"] for row in rows)
