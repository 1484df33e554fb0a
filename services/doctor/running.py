"""What stands still: parked subjects, partitions that cannot be read on, and work that nobody does."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

import asyncpg
import orjson

from services.doctor.findings import Finding, Kind
from services.observability.standing import standing
from services.wiring import CONSUMERS, SOURCES
from shared_events.clock import Clock
from shared_events.log.engine import Kept
from shared_events.log.port import Entry, Log, PartitionBroken
from shared_events.runtime.checkpoints import Checkpoints
from shared_events.runtime.numbering import NumbersBroken, batch_of
from shared_events.runtime.ports import Checkpoint

BATCH_MAX: Final = 1000
_START: Final = "Start `zixun run` or `zixun work`."
_BY_HAND: Final = (
    "The genuine event is never displaced, so nothing is lost. Find out who wrote it; the other partitions go on."
)
_HELD: Final = """
    select exists (
        select from {schema}.lease l where name = $1 and expires_at > now()
            and exists (select from pg_stat_activity where pid = l.session)
    )
"""
_UNARCHIVED: Final = " + ".join(
    f"(select sum(sequence)::bigint from {source}.head)"
    f" - (select coalesce(sum(sequence), 0)::bigint from log.source_head where source = '{source}')"
    for source in SOURCES
)
_WORKERS: Final = """
    select count(*) from {schema}.member m where consumer = $1 and expires_at > now()
        and exists (select from pg_stat_activity where pid = m.session)
"""


async def parked(pool: asyncpg.Pool) -> AsyncIterator[Finding]:
    """What every consumer has set aside."""
    for consumer in CONSUMERS:
        subjects = await Checkpoints(pool, consumer, consumer).parked_summary()
        if subjects:
            first = subjects[0]
            yield Finding(
                kind=Kind.PARKED,
                place=consumer,
                found=f"{sum(each.count for each in subjects)} events of {len(subjects)} subjects are parked, the "
                f"first of {first.subject} since {first.since:%Y-%m-%d %H:%M:%S} UTC: {first.reason}",
                mending="`zixun parked list` shows them; when the reason is gone, `zixun parked retry --all`.",
            )


async def stopped(pool: asyncpg.Pool, logs: Mapping[str, Log], kept: Kept) -> AsyncIterator[Finding]:
    """The partitions that a consumer, or the archiver, cannot read on; each reads the next events itself."""
    for consumer, log in logs.items():
        standing_at = await _archived(pool) if consumer == "archiver" else await _checkpoints(pool, consumer, kept)
        reasons = await _why_stopped(log, [checkpoint for checkpoint in standing_at if checkpoint is not None])
        if None in standing_at:
            yield Finding(
                kind=Kind.PARTITION_STOPPED,
                place=consumer,
                found=f"it has read another log than this one, {kept.log_id}",
                mending="Point it at its own log, or restore the database that belongs to this one.",
            )
        for partition, reason in sorted(reasons.items()):
            place = f"{consumer}, partition {partition}"
            yield Finding(kind=Kind.PARTITION_STOPPED, place=place, found=reason.rstrip("."), mending=_BY_HAND)


async def nobody_works(pool: asyncpg.Pool, clock: Clock, engine: str) -> Sequence[Finding]:
    """Relays, consumers and the archiver for whom work waits, while no process does it."""
    stands = await standing(pool, clock)
    waiting: dict[str, tuple[int, float]] = {}
    held = {f"relay of {source}": await pool.fetchval(_HELD.format(schema=source), "relay") for source in SOURCES}
    for relay in stands.relays:
        waiting[f"relay of {relay.source}"] = (relay.lag_events, relay.lag_seconds)
    for consumer in CONSUMERS:
        lags = [each for each in stands.consumers if each.consumer == consumer]
        name = f"consumer {consumer}"
        waiting[name] = (sum(each.lag_events for each in lags), max((each.lag_seconds for each in lags), default=0.0))
        held[name] = await pool.fetchval(_WORKERS.format(schema=consumer), consumer) > 0
    if engine == "kafka":
        held["archiver"] = await pool.fetchval(_HELD.format(schema="ledger"), "archiver")
        waiting["archiver"] = (await pool.fetchval(f"select {_UNARCHIVED}"), waiting["consumer ledger"][1])
    nothing_runs = not any(held.values())
    return [
        Finding(
            kind=Kind.NOBODY_WORKS,
            place=name,
            found=f"{events} events wait, the first for {seconds:.0f} seconds, and no process holds its lease",
            mending=_START,
            is_note=nothing_runs,
        )
        for name, (events, seconds) in waiting.items()
        if events and not held[name]
    ]


async def _why_stopped(log: Log, checkpoints: Sequence[Checkpoint]) -> dict[int, str]:
    """By partition; one that can be read on is absent."""
    offsets = {checkpoint.partition: checkpoint.next_offset for checkpoint in checkpoints}
    reasons: dict[int, str] = {}
    found: dict[int, list[Entry]] = {}
    # Over a slow link only some partitions come at once; a read without any has seen the ends.
    while left := {partition: offset for partition, offset in offsets.items() if partition not in found}:
        try:
            read = await log.read(left, BATCH_MAX)
        except PartitionBroken as broken:
            reasons[broken.partition] = str(broken)
            del offsets[broken.partition]
            continue
        if not read:
            break
        found |= read
    for checkpoint in checkpoints:
        try:
            await _read_through(log, checkpoint, found.get(checkpoint.partition, []))
        except NumbersBroken as broken:
            reasons[checkpoint.partition] = str(broken)
    return reasons


async def _read_through(log: Log, at: Checkpoint, entries: Sequence[Entry]) -> None:
    """`NumbersBroken` wherever among these entries the numbers break, though a consumer still has what is before."""
    while entries:
        batch = await batch_of(log, at, entries)
        at, entries = batch.move().after, entries[len(batch.entries) :]


async def _checkpoints(pool: asyncpg.Pool, consumer: str, kept: Kept) -> list[Checkpoint | None]:
    """None for one that was made for another log."""
    rows = await pool.fetch(
        f"select partition, next_offset, seen_by_source, log_id from {consumer}.checkpoint where consumer = $1",
        consumer,
    )
    return [
        Checkpoint(row["partition"], row["next_offset"], orjson.loads(row["seen_by_source"]))
        if row["log_id"] == kept.log_id
        else None
        for row in rows
    ]


async def _archived(pool: asyncpg.Pool) -> list[Checkpoint | None]:
    rows = await pool.fetch(
        """
        select h.partition, h.next_offset, coalesce(
            (select jsonb_object_agg(source, sequence) from log.source_head s where s.partition = h.partition), '{}'
        ) as seen from log.head h
        """
    )
    return [Checkpoint(row["partition"], row["next_offset"], orjson.loads(row["seen"])) for row in rows]
