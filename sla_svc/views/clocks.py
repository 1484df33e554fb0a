"""Questions about many clocks: which fall due next, and how the targets were kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import asyncpg
from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from shared_events.runtime.views import fetch

CLOCK: Final = Table(
    "clock",
    MetaData(schema="sla"),
    Column("ticket_id", Text, primary_key=True),
    Column("clock_id", Text, primary_key=True),
    Column("metric", Text, nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("tier", Text),
    Column("category", Text),
    Column("policy", Text, nullable=False),
    Column("policy_version", Text, nullable=False),
    Column("policy_row", Text, nullable=False),
    Column("calendar", Text, nullable=False),
    Column("started_at", TIMESTAMP(timezone=True), nullable=False),
    Column("deadline", TIMESTAMP(timezone=True)),
    Column("ended_at", TIMESTAMP(timezone=True)),
    Column("state", Text, nullable=False),
    Column("elapsed_seconds", BigInteger, nullable=False),
    Column("target_seconds", BigInteger, nullable=False),
    Column("breached_at", TIMESTAMP(timezone=True)),
    Column("in_time", Boolean),
)

PERCENTILES: Final = (50, 75, 90, 95, 99)


class Period(StrEnum):
    """How the time is divided."""

    ALL = "all"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFilters:
    """Which running clocks; what is absent narrows nothing."""

    metric: str | None = None
    due_before: datetime | None = None
    breached: bool | None = None


@dataclass(frozen=True, slots=True)
class DuePlace:
    """Where a page ends."""

    deadline: datetime
    ticket_id: str
    clock_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureFilters:
    """Clocks that ended in [`ended_from`, `ended_to`), in periods on the clocks of a time zone."""

    period: Period = Period.ALL
    zone: str = "UTC"
    ended_from: datetime | None = None
    ended_to: datetime | None = None
    category: str | None = None


async def due_clocks(
    pool: asyncpg.Pool, filters: DueFilters, after: DuePlace | None, limit: int
) -> Sequence[asyncpg.Record]:
    """Running clocks by their deadlines."""
    query = select(CLOCK).where(CLOCK.c.state == "running", CLOCK.c.deadline.is_not(None))
    if filters.metric is not None:
        query = query.where(CLOCK.c.metric == filters.metric)
    if filters.due_before is not None:
        query = query.where(CLOCK.c.deadline < filters.due_before)
    if filters.breached is not None:
        query = query.where(CLOCK.c.breached_at.is_not(None) if filters.breached else CLOCK.c.breached_at.is_(None))
    place = tuple_(CLOCK.c.deadline, CLOCK.c.ticket_id, CLOCK.c.clock_id)
    if after is not None:
        query = query.where(place > tuple_(literal(after.deadline), literal(after.ticket_id), literal(after.clock_id)))
    return await fetch(pool, query.order_by(CLOCK.c.deadline, CLOCK.c.ticket_id, CLOCK.c.clock_id).limit(limit))


async def clock_figures(pool: asyncpg.Pool, filters: FigureFilters) -> Sequence[asyncpg.Record]:
    """Of the clocks that were met, per metric, tier and period: in time, late, and how long they took."""
    return await fetch(pool, _figures(filters))


async def open_figures(pool: asyncpg.Pool, category: str | None, now: datetime) -> Sequence[asyncpg.Record]:
    """Of the clocks that have not ended, per metric and tier: how many run or pause, and how many are overdue."""
    # Not each that was breached: a change may have given it more time since. One that stands still has no deadline.
    overdue = or_(CLOCK.c.deadline < now, CLOCK.c.elapsed_seconds > CLOCK.c.target_seconds)
    query = (
        select(CLOCK.c.metric, CLOCK.c.tier, func.count().label("open"), func.count().filter(overdue).label("overdue"))
        .where(CLOCK.c.state.in_(("running", "paused")))
        .group_by(CLOCK.c.metric, CLOCK.c.tier)
        .order_by(CLOCK.c.metric)
    )
    return await fetch(pool, query if category is None else query.where(CLOCK.c.category == category))


def _figures(filters: FigureFilters) -> Select[*tuple[Any, ...]]:
    period = _period(filters).label("period")
    query = (
        select(
            period,
            CLOCK.c.metric,
            CLOCK.c.tier,
            func.count().label("met"),
            func.count().filter(CLOCK.c.in_time).label("in_time"),
            func.count().filter(CLOCK.c.breached_at.is_not(None)).label("breached"),
            func.coalesce(func.sum(_over()), 0).label("over_seconds"),
            *(_percentile(percent) for percent in PERCENTILES),
        )
        .where(CLOCK.c.state == "met")
        .group_by(period, CLOCK.c.metric, CLOCK.c.tier)
        .order_by(period, CLOCK.c.metric)
    )
    if filters.ended_from is not None:
        query = query.where(CLOCK.c.ended_at >= filters.ended_from)
    if filters.ended_to is not None:
        query = query.where(CLOCK.c.ended_at < filters.ended_to)
    if filters.category is not None:
        query = query.where(CLOCK.c.category == filters.category)
    return query


def _period(filters: FigureFilters) -> ColumnElement[Any]:
    if filters.period is Period.ALL:
        return literal(None, TIMESTAMP(timezone=True))
    local = func.timezone(filters.zone, CLOCK.c.ended_at)
    return func.timezone(filters.zone, func.date_trunc(filters.period.value, local))


def _over() -> ColumnElement[int]:
    return func.greatest(CLOCK.c.elapsed_seconds - CLOCK.c.target_seconds, 0)


def _percentile(percent: int) -> ColumnElement[Any]:
    # Of the seconds that there were, not of anything between them.
    return func.percentile_disc(percent / 100).within_group(CLOCK.c.elapsed_seconds).label(f"p{percent}")
