"""Questions about tickets: a page of a list, one ticket, and whether it is behind what is known of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import asyncpg
from sqlalchemy import Column, Select, Table, Text, bindparam, exists, func, literal_column, or_, select, tuple_

from ledger_svc.views.tickets.row import METADATA, TICKET
from shared_events.runtime.views import Query, fetch

PARKED: Final = Table("parked", METADATA, Column("consumer", Text), Column("subject", Text))
"""Events that could not be taken in; the runner keeps them (D9)."""

SUMMARY: Final = tuple(
    TICKET.c[name]
    for name in (
        "ticket_id",
        "number",
        "customer_id",
        "origin",
        "channel",
        "importance",
        "received_at",
        "contacted_at",
        "expected_reply_at",
        "category",
        "request_kind",
        "complexity",
        "urgency",
        "complaint_grade",
        "status",
        "paused",
        "tier",
        "team",
        "agent_id",
        "queued_since",
        "next_due_at",
    )
)


# The number is written as the index has it: with parameters in their place, PostgreSQL would not recognise it.
_DIGITS: Final = func.replace(TICKET.c.number, literal_column("'-'"), literal_column("''"))
_REFERENCE: Final = bindparam("id_or_digits", type_=Text)

TICKET_QUERY: Final = Query(
    select(TICKET, exists().where(PARKED.c.subject == TICKET.c.ticket_id).label("behind")).where(
        or_(TICKET.c.ticket_id == _REFERENCE, _DIGITS == _REFERENCE)
    )
)
"""One ticket, and whether it is behind; two indexes answer it together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTicket:
    """A ticket as it is kept: its columns, and its document as JSON whose personal texts are sealed.

    `behind` says that events of it could not be taken in: what is known of it is not up to date.
    """

    columns: Mapping[str, Any]
    document: str
    behind: bool

    @property
    def ticket_id(self) -> str:
        """Its id."""
        ticket_id: str = self.columns["ticket_id"]
        return ticket_id


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilters:
    """What a list is narrowed down to; an absent filter narrows nothing. Its fields are columns of the view."""

    status: str | None = None
    tier: str | None = None
    team: str | None = None
    agent_id: str | None = None
    customer_id: str | None = None
    category: str | None = None
    urgency: str | None = None


class Order(StrEnum):
    """What comes first in a list of tickets."""

    NEWEST = "newest"
    DUE = "due"
    """What is due next, or overdue longest; tickets of which no clock runs are left out."""

    @property
    def moment(self) -> str:
        """The column that orders the list."""
        return "next_due_at" if self is Order.DUE else "received_at"


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where a page ends: the moment that orders the list, of its last ticket."""

    moment: datetime
    ticket_id: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """From after a place on, so many tickets."""

    order: Order
    after: ListPlace | None
    limit: int


async def list_tickets(pool: asyncpg.Pool, filters: TicketFilters, page: ListPage) -> Sequence[asyncpg.Record]:
    """The `SUMMARY` of the tickets that fit."""
    return await fetch(pool, list_query(filters, page))


def list_query(filters: TicketFilters, page: ListPage) -> Select[*tuple[Any, ...]]:
    """Each filter has an index in the order of the newest; few tickets are due, so their one index does for all."""
    query = _ordered(page.order, page.after)
    for field in fields(filters):
        wanted = getattr(filters, field.name)
        if wanted is not None:
            query = query.where(TICKET.c[field.name] == wanted)
    return query.limit(page.limit)


def _ordered(order: Order, after: ListPlace | None) -> Select[*tuple[Any, ...]]:
    moment, ticket_id = TICKET.c[order.moment], TICKET.c.ticket_id
    if order is Order.DUE:
        query = select(*SUMMARY).where(moment.is_not(None)).order_by(moment, ticket_id)
        return query if after is None else query.where(tuple_(moment, ticket_id) > (after.moment, after.ticket_id))
    query = select(*SUMMARY).order_by(moment.desc(), ticket_id.desc())
    return query if after is None else query.where(tuple_(moment, ticket_id) < (after.moment, after.ticket_id))


async def find_ticket(pool: asyncpg.Pool, id_or_digits: str) -> FoundTicket | None:
    """The ticket of this id, or of this number without its hyphens."""
    rows = await TICKET_QUERY.fetch(pool, id_or_digits=id_or_digits)
    if not rows:
        return None
    columns = dict(rows[0])
    return FoundTicket(document=columns.pop("document"), behind=columns.pop("behind"), columns=columns)


async def tickets_behind(pool: asyncpg.Pool, ticket_ids: Collection[str]) -> frozenset[str]:
    """Which of these tickets have events that could not be taken in: what is known of them is not up to date."""
    parked = select(PARKED.c.subject).distinct().where(PARKED.c.subject.in_(ticket_ids))
    return frozenset(record["subject"] for record in await fetch(pool, parked)) if ticket_ids else frozenset()
