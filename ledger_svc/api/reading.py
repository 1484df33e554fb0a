"""What every read shares: who may, how far the ledger must have read, which ticket is meant, how pages are linked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote

import asyncpg
from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from ledger_svc.views.tickets.queries import FoundTicket, find_ticket, tickets_behind
from shared_events.http import IF_NONE_MATCH_PATTERN, Cursors, Principal, Problem, Role, SentHeader, reader
from shared_events.keys import KeyRing

LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 100

IF_NONE_MATCH: Final = SentHeader("If-None-Match", "An ETag; 304 if the ticket is still there.", IF_NONE_MATCH_PATTERN)

_anybody = reader("ledger", *Role)

ANYBODY: Final = (Depends(_anybody),)
AT_DESKS: Final = (Depends(reader("ledger", Role.AGENT, Role.LEAD, Role.ADMIN)),)
OF_FIGURES: Final = (Depends(reader("ledger", Role.LEAD, Role.OPS, Role.ANALYST, Role.ADMIN)),)
"""Dependencies of routes."""

AnyReader = Annotated[Principal, Depends(_anybody)]
ConditionalReader = Annotated[Principal, Depends(reader("ledger", *Role, headers=(IF_NONE_MATCH,)))]
TicketReference = Annotated[
    str,
    Path(
        description="The id of the ticket, or its short number; hyphens and spaces in a number do not matter.",
        pattern=r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9](?:[ -]?[0-9]){8,19})$",
        examples=["0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50", "1002-0034-7"],
    ),
]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where answers come from."""

    pool: asyncpg.Pool
    ring: KeyRing
    cursors: Cursors


class PageQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(LIMIT_DEFAULT, ge=1, le=LIMIT_MAX, description="How many at most.")
    cursor: str | None = Field(
        None, max_length=500, description="The `next_cursor` of the page before, with unchanged filters."
    )


Page = Annotated[PageQuery, Query()]


async def ticket_of(sources: Sources, reference: str) -> FoundTicket:
    """The ticket that is meant; 404 if there is none, 503 if it could not be taken in."""
    found = await find_ticket(sources.pool, id_or_digits(reference))
    if found is not None:
        return found
    if await tickets_behind(sources.pool, [reference]):
        raise Problem(503, "BEHIND", f"The events of {reference} could not be taken in yet; an operator has to look.")
    raise unknown_ticket(reference)


def unknown_ticket(reference: str) -> Problem:
    """404."""
    return Problem(404, "UNKNOWN_TICKET", f"The ledger knows no ticket {reference}.")


def id_or_digits(reference: str) -> str:
    """An id as it is; a number without what people put between its digits."""
    digits = re.sub(r"[ -]", "", reference)
    return digits if digits.isdigit() and len(digits) < 32 else reference


def next_page(request: Request, cursors: Cursors, bound: Mapping[str, Any], key: Sequence[Any]) -> tuple[str, str]:
    """The cursor of the next page, and the `Link` that leads there."""
    cursor = cursors.sign(bound, key)
    url = request.url.include_query_params(cursor=cursor)
    return cursor, f'<{quote(url.path)}?{url.query}>; rel="next"'
