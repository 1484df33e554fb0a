"""Lists of tickets, and one ticket as it is now."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final

import asyncpg
import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from ledger_svc.api.bodies import TicketDetailOut, TicketsOut, TicketSummaryOut
from ledger_svc.api.reading import (
    ANYBODY,
    ConditionalReader,
    PageQuery,
    Sources,
    TicketReference,
    next_page,
    ticket_of,
)
from ledger_svc.api.texts import reveal
from ledger_svc.views.tickets.clocks import most_urgent_first
from ledger_svc.views.tickets.queries import (
    FoundTicket,
    ListPage,
    ListPlace,
    Order,
    TicketFilters,
    list_tickets,
    tickets_behind,
)
from ledger_svc.views.tickets.row import TICKET, TicketStatus
from shared_events.contracts.base import Tier
from shared_events.contracts.intake import Category, Urgency
from shared_events.http import READ_RESPONSES, GatedRoute, ShortText, etag_matches, etag_of

_CONDITIONAL: Final = {**READ_RESPONSES, 304: {"description": "The ticket is as the ETag in If-None-Match says."}}
_ESCALATIONS: Final = tuple(column.name for column in TICKET.columns if column.name.startswith("escalated_"))
_MEMBERS: Final = tuple(TicketDetailOut.model_fields)
_HAND_BACKS: Final = tuple(column.name for column in TICKET.columns if column.name.startswith("handed_back_"))


class TicketsQuery(PageQuery):
    """Which tickets; filters that are absent narrow nothing down."""

    status: TicketStatus | None = None
    tier: Tier | None = None
    team: ShortText | None = None
    agent_id: ShortText | None = None
    customer_id: ShortText | None = None
    category: Category | None = None
    urgency: Urgency | None = None
    order: Order = Field(Order.NEWEST, description="`due`: what is due next comes first, and nothing else.")

    def filters(self) -> TicketFilters:
        """Without the page."""
        return TicketFilters(**self.model_dump(exclude={"limit", "cursor", "order"}))


def build_router(sources: Sources) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/tickets", route_class=GatedRoute, tags=["ledger"])

    @router.get("", dependencies=ANYBODY, response_model=TicketsOut, responses=READ_RESPONSES)
    async def find_tickets(query: Annotated[TicketsQuery, Query()], request: Request, response: Response) -> TicketsOut:
        """Tickets by status, tier, team, agent, customer, category or urgency, newest first or by what is due next."""
        return await _page(sources, query, request, response)

    @router.get("/{ticket_id}", response_model=TicketDetailOut, responses=_CONDITIONAL)
    async def read_ticket(ticket_id: TicketReference, principal: ConditionalReader, request: Request) -> Response:
        """One ticket as it is now, by its id or its short number."""
        ticket = await ticket_of(sources, ticket_id)
        document = orjson.loads(ticket.document)
        headers = _headers(document["versions"], behind=ticket.behind)
        if not ticket.behind and etag_matches(request.headers.get("if-none-match"), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        body = await reveal(_detail(ticket, document), sources.ring, principal.role)
        return Response(body, headers=headers, media_type="application/json")

    return router


async def _page(sources: Sources, query: TicketsQuery, request: Request, response: Response) -> TicketsOut:
    filters = query.filters()
    bound = {"list": "tickets", **asdict(filters), **({} if query.order is Order.NEWEST else {"order": query.order})}
    after = None if query.cursor is None else _place(sources.cursors.verify(bound, query.cursor))
    found = await list_tickets(sources.pool, filters, ListPage(query.order, after, query.limit + 1))
    page = found[: query.limit]
    behind = await tickets_behind(sources.pool, [record["ticket_id"] for record in page])
    cursor = None
    if len(found) > len(page):
        last = page[-1]
        key = [last[query.order.moment].isoformat(), last["ticket_id"]]
        cursor, response.headers["Link"] = next_page(request, sources.cursors, bound, key)
    items = [summary_of(record, behind=record["ticket_id"] in behind) for record in page]
    return TicketsOut(items=items, next_cursor=cursor)


def summary_of(record: asyncpg.Record, *, behind: bool) -> TicketSummaryOut:
    """From a row that has the columns of a summary."""
    return TicketSummaryOut.model_validate({**dict(record), "behind": behind})


def _detail(ticket: FoundTicket, document: dict[str, Any]) -> str:
    """A `TicketDetailOut` as JSON, still sealed; not validated, which took a tenth of a read and found our own rows."""
    columns = ticket.columns
    tiers: str = columns["tiers_touched"]
    told = {
        **columns,
        **document,
        "behind": ticket.behind,
        "tiers_touched": tiers.split("+") if tiers else [],
        "escalations": sum([columns[name] for name in _ESCALATIONS]),
        "hand_backs": sum([columns[name] for name in _HAND_BACKS]),
        "reopenings_count": columns["reopenings"],
        "clocks": most_urgent_first(document.get("clocks", ())),
    }
    return orjson.dumps({name: told[name] for name in _MEMBERS}, option=orjson.OPT_UTC_Z).decode()


def _headers(versions: Mapping[str, int], *, behind: bool) -> dict[str, str]:
    """`private`, because what may be seen depends on who asks."""
    headers = {"ETag": etag_of(versions), "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    return headers | ({"Zixun-Behind": "true"} if behind else {})


def _place(key: list[Any]) -> ListPlace:
    moment, ticket_id = key
    return ListPlace(datetime.fromisoformat(moment), ticket_id)
