"""Holds the stores against the log: which is behind it, as one restored from a backup is, and which contradicts it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from aiokafka.errors import KafkaError

from services.wiring import SOURCES
from shared_events.contracts.envelope import Stored
from shared_events.log.administration import ClusterUnusable
from shared_events.log.cluster import Cluster
from shared_events.log.kafka import KafkaLog
from shared_events.log.port import Entry, LogUnfit, PartitionBroken
from shared_events.runtime.relay import LogAhead

BATCH_MAX: Final = 1000

AWAY: Final = (KafkaError, ClusterUnusable, LogUnfit, OSError, TimeoutError)
"""What is raised where the log in Kafka cannot be asked now."""

Place = tuple[str, int]
"""Source and partition."""

Mark = tuple[UUID, bytes]
"""An event's id and digest."""

_HEADS: Final = " union all ".join(
    f"select '{source}' as source, partition, sequence from {source}.head" for source in SOURCES
)
_LAST_KEPT: Final = """
    select e.* from log.head h cross join lateral (
        select partition, "offset", event_id, digest from log.log_entry e
        where e.partition = h.partition order by "offset" desc limit 1
    ) e order by partition
"""
_OFFSETS: Final = "select partition, next_offset from log.head"
# One by one, as a join might scan all events.
_STORED: Final = " union all ".join(
    f"select w.*, e.event_id, e.digest from unnest($1::text[], $2::int[], $3::bigint[]) w(source, partition, sequence)"
    f" cross join lateral (select event_id, digest from {source}.event e"
    f" where e.partition = w.partition and e.sequence = w.sequence limit 1) e where w.source = '{source}'"
    for source in SOURCES
)
_LOGGED: Final = """
    select w.*, e.event_id, e.digest from unnest($1::text[], $2::int[], $3::bigint[]) w(source, partition, sequence)
    cross join lateral (
        select event_id, digest from log.log_entry e
        where e.source = w.source and e.partition = w.partition and e.sequence = w.sequence limit 1
    ) e
"""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One partition of one source: up to where the store and the log have it, and whether they agree up to there."""

    source: str
    partition: int
    stored: int
    logged: int
    agrees: bool

    @property
    def missing(self) -> int:
        """How many events the log has that the store has not."""
        return max(0, self.logged - self.stored)


@dataclass(slots=True)
class _Logged:
    """What the log has: the last sequence of each place, and the events of Kafka that the archive has not yet."""

    ends: dict[Place, int]
    last: dict[Place, Stored] = field(default_factory=dict)
    """Of these the last one that the store has a number for."""


async def compare_stores(pool: asyncpg.Pool, kafka: KafkaLog | None) -> list[Compared]:
    """Every partition that has anything. With Kafka, from the end of the archive on it is read to its own end.

    The events before the last common one are not compared: numbers have no gaps, so stores that went different ways
    differ there too.
    """
    # Twice, before and after the log: others may append and relay meanwhile, and are not behind because of that.
    before = await _heads(pool)
    offsets = {row["partition"]: row["next_offset"] for row in await pool.fetch(_OFFSETS)}
    logged = _Logged(await _kept_ends(pool))
    if kafka is not None:
        await _read_on(kafka, offsets, before, logged)
    heads = await _heads(pool)
    common = {place: min(before[place], end) for place, end in logged.ends.items() if before.get(place, 0)}
    differing = await _differing(pool, common, logged.last)
    return [
        Compared(
            source=place[0],
            partition=place[1],
            stored=heads.get(place, 0),
            logged=end,
            agrees=place not in differing,
        )
        for place, end in sorted(logged.ends.items())
    ]


async def foreign_partitions(pool: asyncpg.Pool, kafka: KafkaLog) -> list[int]:
    """Those whose last entry of the archive is not what Kafka has there: the topic was made anew, or is another."""
    rows = await pool.fetch(_LAST_KEPT)
    kept = {row["partition"]: (row["offset"], row["event_id"], row["digest"]) for row in rows}
    there: dict[int, list[Entry]] = {}
    # Over a slow link only some partitions come at once; a read without any has seen the ends.
    while left := {partition: offset for partition, (offset, _, _) in kept.items() if partition not in there}:
        if not (read := await kafka.read(left, 1)):
            break
        there |= read
    found = {
        partition: (entry.offset, entry.stored.event_id, entry.stored.digest)
        for partition, (entry, *_) in there.items()
    }
    return [partition for partition, last in kept.items() if found.get(partition) != last]


async def refuse_restored(pool: asyncpg.Pool, cluster: Cluster | None) -> None:
    """`LogAhead` if a store is not as the log has it: whatever is appended now would use numbers a second time.

    While Kafka is away nobody can tell, and work begins; the relays look again.
    """
    kafka = None if cluster is None else KafkaLog(cluster)
    try:
        compared = await compare_stores(pool, kafka)
    except (*AWAY, PartitionBroken) as error:
        _log.warning("stores not compared with the log", error=str(error))
        return
    finally:
        if kafka is not None:
            await kafka.close()
    lacking = {source: sum(each.missing for each in compared if each.source == source) for source in SOURCES}
    said = [f"{source} lacks {count} events" for source, count in lacking.items() if count]
    said += [
        f"{each.source}:{each.partition} has another event {min(each.stored, each.logged)}"
        for each in compared
        if not each.agrees
    ]
    if said:
        raise LogAhead(
            f"The stores are not as the log has them: {', '.join(said)}. Were they restored from a backup? Nothing is "
            "started, so that no number is used twice. `zixun doctor` says what to do."
        )


async def _kept_ends(pool: asyncpg.Pool) -> dict[Place, int]:
    rows = await pool.fetch("select source, partition, sequence from log.source_head where sequence > 0")
    return {(row["source"], row["partition"]): row["sequence"] for row in rows if row["source"] in SOURCES}


async def _heads(pool: asyncpg.Pool) -> dict[Place, int]:
    return {(row["source"], row["partition"]): row["sequence"] for row in await pool.fetch(_HEADS)}


async def _read_on(kafka: KafkaLog, offsets: Mapping[int, int], heads: Mapping[Place, int], logged: _Logged) -> None:
    """What Kafka has beyond the archive."""
    at = dict(offsets)
    while found := await kafka.read(at, BATCH_MAX):
        for partition, entries in found.items():
            at[partition] = entries[-1].offset + 1
            for entry in entries:
                _take(entry.stored, heads, logged)


def _take(stored: Stored, heads: Mapping[Place, int], logged: _Logged) -> None:
    place = (stored.source, stored.partition)
    # A repetition, or what somebody injected, is the archiver's business; here the numbers only grow.
    if stored.sequence <= logged.ends.get(place, 0):
        return
    logged.ends[place] = stored.sequence
    if stored.sequence <= heads.get(place, 0):
        logged.last[place] = stored


async def _differing(pool: asyncpg.Pool, common: Mapping[Place, int], last: Mapping[Place, Stored]) -> set[Place]:
    """The places whose last common event is another one in the log."""
    wanted = [(source, partition, sequence) for (source, partition), sequence in common.items()]
    stored, logged = await _marks(pool, _STORED, wanted), await _marks(pool, _LOGGED, wanted)
    logged |= {place: (event.event_id, event.digest) for place, event in last.items()}
    return {place for place in common if stored.get(place) != logged.get(place)}


async def _marks(pool: asyncpg.Pool, query: str, wanted: Collection[tuple[str, int, int]]) -> dict[Place, Mark]:
    columns = list(zip(*wanted, strict=True)) if wanted else [(), (), ()]
    rows = await pool.fetch(query, *(list(column) for column in columns))
    return {(row["source"], row["partition"]): (row["event_id"], row["digest"]) for row in rows}
