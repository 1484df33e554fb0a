"""The figures of the centre: how many tickets, how they moved, and how they ended; a query over the tickets."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy import ColumnElement, Select, func, or_, select

from ledger_svc.views.tickets.row import TICKET
from shared_events.runtime.views import fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureFilters:
    """Which tickets are counted: those received in [`received_from`, `received_to`), of this origin."""

    received_from: datetime | None = None
    received_to: datetime | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was counted. `totals` has sums and counts by name."""

    totals: asyncpg.Record
    by_status: dict[str, int]
    by_tiers_touched: dict[str, int]


async def figures(pool: asyncpg.Pool, filters: FigureFilters) -> Figures:
    """All figures of the tickets that fit, from one snapshot."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        totals = await fetch(connection, _counted(_totals(), filters))
        statuses = await fetch(connection, _counted(_grouped(TICKET.c.status), filters))
        tiers = await fetch(connection, _counted(_grouped(TICKET.c.tiers_touched), filters))
    return Figures(totals=totals[0], by_status=dict(map(tuple, statuses)), by_tiers_touched=dict(map(tuple, tiers)))


def _totals() -> Select[*tuple[Any, ...]]:
    def total(name: str) -> ColumnElement[int]:
        return func.coalesce(func.sum(TICKET.c[name]), 0).label(name)

    def having(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
        return func.count().filter(condition).label(name)

    refused, reopened = TICKET.c.rejections > 0, TICKET.c.reopenings > 0
    return select(
        func.count().label("tickets"),
        total("escalated_cse_pse"),
        total("escalated_pse_rde"),
        total("escalated_cse_rde"),
        total("handed_back_pse_cse"),
        total("handed_back_rde_pse"),
        total("handed_back_rde_cse"),
        total("transfers"),
        total("waits"),
        having(TICKET.c.waits > 0, "tickets_with_waits"),
        total("rejections"),
        having(refused, "tickets_refused"),
        total("reopenings"),
        having(reopened, "tickets_reopened"),
        having(or_(refused, reopened), "tickets_refused_or_reopened"),
    )


def _grouped(column: ColumnElement[str]) -> Select[*tuple[Any, ...]]:
    return select(column, func.count()).group_by(column).order_by(column)


def _counted(query: Select[*tuple[Any, ...]], filters: FigureFilters) -> Select[*tuple[Any, ...]]:
    if filters.received_from is not None:
        query = query.where(TICKET.c.received_at >= filters.received_from)
    if filters.received_to is not None:
        query = query.where(TICKET.c.received_at < filters.received_to)
    if filters.origin is not None:
        query = query.where(TICKET.c.origin == filters.origin)
    return query
