"""The clocks of a ticket: how each stands and why, to the second (P9)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from shared_events.clock import Clock
from shared_events.contracts.words import Language
from shared_events.http import READ_RESPONSES, GatedRoute, Moment, Problem, Role, TicketPath, reader
from shared_events.http.languages import language_of
from sla_svc.adapters.known_clocks import Known, KnownClocks
from sla_svc.api.clock_answers import clock_out, conservation_out
from sla_svc.api.clock_bodies import ClocksOut
from sla_svc.api.metric_names import MetricName
from sla_svc.domain.clocks.clock import Clock as SlaClock
from sla_svc.domain.conservation import conservation
from sla_svc.domain.explaining.cutting import cut
from sla_svc.domain.explaining.explanation import explained
from sla_svc.domain.facts import moment, seconds

ANYBODY: Final = (Depends(reader("sla", *Role)),)


class ClocksQuery(BaseModel):
    """Which clocks, when, and by what was known when."""

    model_config = ConfigDict(extra="forbid")

    metric: MetricName | None = Field(None, description="Only the clocks of this metric.", examples=["first_response"])
    as_of: Moment | None = Field(None, description="As they stood at this moment; now, or at `known_at`, if absent.")
    known_at: Moment | None = Field(None, description="By what was known at this moment; what is known now, if absent.")


@dataclass(frozen=True, slots=True)
class _Asked:
    ticket_id: str
    query: ClocksQuery
    language: Language


@dataclass(frozen=True, slots=True)
class _Answer:
    body: str
    behind: bool


def build_router(known: KnownClocks, clock: Clock) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1/tickets", route_class=GatedRoute, tags=["sla"])

    @router.get("/{ticket_id}/clocks", dependencies=ANYBODY, response_model=ClocksOut, responses=READ_RESPONSES)
    async def read_clocks(asked: Annotated[_Asked, Depends(_asked)]) -> Response:
        """How each clock of a ticket stands and why: segments without gaps, the rules, and whose time it was."""
        out = await _clocks(known, asked, clock.now())
        headers = {
            "Content-Language": asked.language,
            "Vary": "Accept-Language, Authorization",
            "Cache-Control": "private",
        }
        headers |= {"Zixun-Behind": "true"} if out.behind else {}
        return Response(out.body, headers=headers, media_type="application/json")

    return router


async def _asked(
    ticket_id: TicketPath,
    query: Annotated[ClocksQuery, Query()],
    accept_language: Annotated[str | None, Header(description="`en` or `zh`; English if absent.")] = None,
) -> _Asked:
    return _Asked(ticket_id, query, language_of(accept_language))


async def _clocks(known: KnownClocks, asked: _Asked, now: datetime) -> _Answer:
    _refuse_future(asked.query, now)
    # Asked first: what is taken in meanwhile then makes the answer better than it says, never worse.
    behind = await known.is_behind(asked.ticket_id, asked.query.known_at)
    found = await known.of(asked.ticket_id, asked.query.known_at)
    if found is None:
        raise _unread(asked) if behind else _unknown(asked)
    as_of = seconds(asked.query.as_of or asked.query.known_at or now)
    # A ticket that is open for years has thousands of segments; meanwhile others are answered.
    explain = partial(_explained, asked=asked, as_of=as_of, behind=behind)
    return _Answer(await asyncio.to_thread(explain, found), behind)


def _explained(found: Known, asked: _Asked, as_of: int, *, behind: bool) -> str:
    kinds = {fact.event_id: fact.kind for fact in found.facts}
    explanations = explained(_chosen(found, asked.query), found.facts, as_of)
    out = ClocksOut(
        ticket_id=asked.ticket_id,
        as_of=moment(as_of),
        known_at=asked.query.known_at,
        behind=behind,
        clocks=[clock_out(each, kinds, asked.language) for each in explanations],
        conservation=conservation_out(conservation(found.facts, as_of)),
    )
    return out.model_dump_json(by_alias=True)


def _chosen(found: Known, query: ClocksQuery) -> list[SlaClock]:
    clocks = [clock for clock in found.clocks if query.metric in {None, clock.metric}]
    chosen = clocks if query.as_of is None else cut(clocks, found.facts, seconds(query.as_of))
    return sorted(chosen, key=lambda clock: (clock.started_at, clock.clock_id))


def _refuse_future(query: ClocksQuery, now: datetime) -> None:
    expected = f"a moment that is not in the future (now is {now.isoformat()})"
    errors = [
        {"pointer": name, "expected": expected, "found": at.isoformat()}
        for name, at in (("as_of", query.as_of), ("known_at", query.known_at))
        if at is not None and at > now
    ]
    if errors:
        raise Problem(422, "INVALID_REQUEST", "The request is not of the expected form.", errors=errors)


def _unread(asked: _Asked) -> Problem:
    return Problem(
        503, "BEHIND", f"The events of {asked.ticket_id} could not be taken in yet; an operator has to look."
    )


def _unknown(asked: _Asked) -> Problem:
    known_at = asked.query.known_at
    when = "knows no" if known_at is None else f"knew, at {known_at.isoformat()}, no"
    return Problem(404, "UNKNOWN_TICKET", f"The SLA service {when} ticket {asked.ticket_id}.")
