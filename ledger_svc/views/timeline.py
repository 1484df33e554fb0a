"""Every step of a ticket, straight from the log, which keeps them for ever (D7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg
from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, select, tuple_

from shared_events.contracts import Undecodable, decode_body
from shared_events.contracts.base import Fact
from shared_events.runtime.views import fetch

_ENTRY: Final = Table(
    "log_entry",
    MetaData(schema="log"),
    Column("offset", BigInteger),
    Column("source", Text),
    Column("subject", Text),
    Column("version", Integer),
    Column("type", Text),
    Column("schema_version", Integer),
    Column("occurred_at", DateTime(timezone=True)),
    Column("recorded_at", DateTime(timezone=True)),
    Column("actor", Text),
    Column("origin", Text),
    Column("body", LargeBinary),
)


@dataclass(frozen=True, slots=True)
class TimelinePlace:
    """Where a page ends. A ticket is in one partition, so an offset is one event."""

    occurred_at: datetime
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineStep:
    """One event; `event` is none where this release does not know its type."""

    place: TimelinePlace
    service: str
    version: int
    type: str
    recorded_at: datetime
    by: str
    origin: str
    event: Fact | None


async def timeline(
    pool: asyncpg.Pool, ticket_id: str, after: TimelinePlace | None, limit: int
) -> Sequence[TimelineStep]:
    """The steps of a ticket in the order in which they happened, from after a place on."""
    query = select(_ENTRY).where(_ENTRY.c.subject == ticket_id).order_by(_ENTRY.c.occurred_at, _ENTRY.c.offset)
    if after is not None:
        query = query.where(tuple_(_ENTRY.c.occurred_at, _ENTRY.c.offset) > (after.occurred_at, after.offset))
    return [_step(record) for record in await fetch(pool, query.limit(limit))]


def _step(record: asyncpg.Record) -> TimelineStep:
    return TimelineStep(
        place=TimelinePlace(record["occurred_at"], record["offset"]),
        service=record["source"],
        version=record["version"],
        type=record["type"],
        recorded_at=record["recorded_at"],
        by=record["actor"],
        origin=record["origin"],
        event=_decoded(record),
    )


def _decoded(record: asyncpg.Record) -> Fact | None:
    try:
        return decode_body(
            record["type"], record["schema_version"], record["body"], at=record["occurred_at"], by=record["actor"]
        )
    except Undecodable:
        return None
