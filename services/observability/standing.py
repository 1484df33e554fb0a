"""Where everybody stands, as the database has it: what waits for the log, for a consumer, for a retry."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg
import orjson

from services.observability.timers import TimersStanding, timers
from services.wiring import CONSUMERS, SERVICES, SOURCES
from shared_events.clock import Clock
from shared_events.store.partition import PARTITIONS

Place = tuple[str, int, int]
"""Source, partition, sequence."""

Heads = Mapping[tuple[str, int], int]
"""A sequence of each source and partition."""

_HEADS: Final = " union all ".join(
    f"select '{source}' as source, h.partition, h.sequence as stored,"
    f" greatest(coalesce(r.sequence, 0), coalesce(s.sequence, 0)) as relayed from {source}.head h"
    f" left join {source}.relay_position r on r.partition = h.partition"
    f" left join log.source_head s on s.source = '{source}' and s.partition = h.partition"
    for source in SOURCES
)
_CHECKPOINTS: Final = " union all ".join(
    f"select consumer, partition, seen_by_source from {schema}.checkpoint" for schema in SERVICES
)
_ARCHIVED: Final = (
    "select i.engine, s.partition, s.source, s.sequence from log.identity i left join log.source_head s on true"
)
_PARKED: Final = " union all ".join(
    f"select consumer, count(distinct subject) as subjects, count(*) as events from {schema}.parked group by consumer"
    for schema in SERVICES
)
# Looked up one by one: a join may be planned, once and for all, as a scan of every event that there is.
_RECORDED: Final = " union all ".join(
    f"select w.*, e.recorded_at from unnest($1::text[], $2::int[], $3::bigint[]) w(source, partition, sequence)"
    f" cross join lateral (select recorded_at from {source}.event e"
    f" where e.partition = w.partition and e.sequence = w.sequence limit 1) e where w.source = '{source}'"
    for source in SOURCES
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayStanding:
    """What a source has stored, and what of it is not known to be in the log."""

    source: str
    stored_events: int
    lag_events: int
    lag_seconds: float
    """How long the oldest of them has waited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerStanding:
    """What a consumer has not taken in of one partition, counted from the stores, so relayed or not."""

    consumer: str
    partition: int
    lag_events: int
    lag_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedStanding:
    """What a consumer has set aside."""

    consumer: str
    subjects: int
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All of it, at one moment."""

    engine: str
    """What keeps the log, postgres or kafka."""
    relays: Sequence[RelayStanding]
    consumers: Sequence[ConsumerStanding]
    parked: Sequence[ParkedStanding]
    timers: TimersStanding


async def standing(pool: asyncpg.Pool, clock: Clock) -> Standing:
    """Eight small queries, whatever the number of events."""
    # The heads first: who moves on meanwhile is then seen as too far, which is no lag, rather than as behind.
    stored, relayed = await _heads(pool)
    engine, archived = await _archived(pool)
    taken = archived | await _taken(pool)
    parked = await pool.fetch(_PARKED)
    first = {place for reached in (relayed, *taken.values()) for place in _waiting(stored, reached)}
    ages = await _ages(pool, clock, first)
    of_source = {source: {key: relayed[key] for key in relayed if key[0] == source} for source in SOURCES}
    return Standing(
        engine=engine,
        relays=[
            RelayStanding(
                source=source,
                stored_events=sum(stored[key] for key in reached),
                lag_events=_events(stored, reached),
                lag_seconds=_seconds(stored, reached, ages),
            )
            for source, reached in of_source.items()
        ],
        consumers=[
            ConsumerStanding(
                consumer=consumer,
                partition=partition,
                lag_events=_events(stored, reached),
                lag_seconds=_seconds(stored, reached, ages),
            )
            for (consumer, partition), reached in taken.items()
        ],
        parked=[
            ParkedStanding(
                consumer=consumer,
                subjects=sum(row["subjects"] for row in parked if row["consumer"] == consumer),
                events=sum(row["events"] for row in parked if row["consumer"] == consumer),
            )
            for consumer in dict.fromkeys(consumer for consumer, _ in taken)
        ],
        timers=await timers(pool, clock),
    )


async def _heads(pool: asyncpg.Pool) -> tuple[Heads, Heads]:
    """Up to where each partition of each source is stored, and known to be in the log."""
    rows = await pool.fetch(_HEADS)
    stored = {(row["source"], row["partition"]): row["stored"] for row in rows}
    return stored, {(row["source"], row["partition"]): row["relayed"] for row in rows}


async def _archived(pool: asyncpg.Pool) -> tuple[str, dict[tuple[str, int], Heads]]:
    """The engine; and where the log is in Kafka, up to where the ledger has copied it, as of a consumer."""
    rows = await pool.fetch(_ARCHIVED)
    engine: str = rows[0]["engine"]
    if engine != "kafka":
        return engine, {}
    kept = {(row["source"], row["partition"]): row["sequence"] for row in rows if row["source"] is not None}
    return engine, {
        ("archive", partition): {(source, partition): kept.get((source, partition), 0) for source in SOURCES}
        for partition in range(PARTITIONS)
    }


async def _taken(pool: asyncpg.Pool) -> dict[tuple[str, int], Heads]:
    """Of each consumer and partition: up to where it has each source. One that never ran has nothing."""
    rows = await pool.fetch(_CHECKPOINTS)
    seen = {(row["consumer"], row["partition"]): orjson.loads(row["seen_by_source"]) for row in rows}
    consumers = dict.fromkeys((*CONSUMERS, *sorted({consumer for consumer, _ in seen})))
    return {
        (consumer, partition): {
            (source, partition): seen.get((consumer, partition), {}).get(source, 0) for source in SOURCES
        }
        for consumer in consumers
        for partition in range(PARTITIONS)
    }


async def _ages(pool: asyncpg.Pool, clock: Clock, places: Collection[Place]) -> dict[Place, float]:
    """How long ago the events at these places were recorded."""
    if not places:
        return {}
    sources, partitions, sequences = zip(*places, strict=True)
    rows = await pool.fetch(_RECORDED, sources, partitions, sequences)
    now = clock.now()
    return {
        (row["source"], row["partition"], row["sequence"]): max(0.0, (now - row["recorded_at"]).total_seconds())
        for row in rows
    }


def _waiting(stored: Heads, reached: Heads) -> Iterator[Place]:
    """The first event of each partition that is not reached."""
    for (source, partition), sequence in reached.items():
        if sequence < stored[source, partition]:
            yield source, partition, sequence + 1


def _events(stored: Heads, reached: Heads) -> int:
    return sum(max(0, stored[key] - sequence) for key, sequence in reached.items())


def _seconds(stored: Heads, reached: Heads, ages: Mapping[Place, float]) -> float:
    return max((ages.get(place, 0.0) for place in _waiting(stored, reached)), default=0.0)
