"""What would have been by drafts of a policy and of calendars; nothing is written."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from shared_events.clock import Clock as WallClock
from shared_events.http import COMMAND_RESPONSES, GatedRoute, Moment, Problem, Role, reader
from sla_svc.adapters.encoding import clocks_decoded, facts_decoded
from sla_svc.adapters.rulebooks import Known, Rulebooks
from sla_svc.api.drafts import Draft, draft_of
from sla_svc.api.rulebook_bodies import EXAMPLE, EXAMPLE_CALENDAR, After, CalendarName, DocumentText
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.facts import Observed, seconds
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.what_if import Changed, Comparison, compare
from sla_svc.ports import TicketRow, Tickets

LEADERS: Final = (Depends(reader("sla", Role.LEAD, Role.ADMIN)),)
PAGE: Final = 200
DRAFTS_MAX: Final = 4
"""How many drafts are remembered, so that one is read once and not with each page of its answer."""


class WhatIfIn(BaseModel):
    """Drafts, and which tickets are judged by them."""

    model_config = ConfigDict(extra="forbid")

    document: DocumentText | None = Field(
        None,
        description="A policy, as YAML, as if it had always been in force; the policies as they were, if absent.",
        examples=[EXAMPLE],
    )
    calendars: dict[CalendarName, DocumentText] = Field(
        {},
        description="Calendars by name, as YAML; each instead of the published or shipped one of its name.",
        examples=[{"china": EXAMPLE_CALENDAR}],
        max_length=20,
    )
    received_from: Moment | None = Field(None, description="Tickets of this moment or later.")
    received_to: Moment | None = Field(None, description="Tickets before this moment.")
    after: After | None = Field(None, description="The `next_after` of the answer before.")


class ChangedOut(BaseModel):
    """A clock that is breached by one set of rules and not by the other."""

    ticket_id: str
    metric: str
    cycle: int
    over_minutes_before: float
    over_minutes_after: float


class ComparisonOut(BaseModel):
    """One metric."""

    metric: str
    clocks_before: int
    clocks_after: int
    breaches_before: int
    breaches_after: int
    over_minutes_before: float
    over_minutes_after: float
    gained: list[ChangedOut] = Field(description="Would be breached, and were not.")
    lost: list[ChangedOut] = Field(description="Were breached, and would not be.")


class WhatIfOut(BaseModel):
    """A page of the answer: go on with `next_after` until there is none, and add up."""

    tickets: int = Field(description="How many this page has looked at.")
    judged: int = Field(description="How many of them were received in the time that was asked about.")
    tickets_in_all: int = Field(description="How many there are, as far as is known.")
    next_after: str | None
    metrics: list[ComparisonOut]


@dataclass(frozen=True, slots=True)
class _Judging:
    """What tickets are judged with."""

    drafted: Callable[[str | None, tuple[tuple[str, str], ...], Known], Draft]
    known: Known
    metrics: Mapping[str, Metric]
    now: int


def build_router(rulebooks: Rulebooks, tickets: Tickets, metrics: Mapping[str, Metric], clock: WallClock) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1", route_class=GatedRoute, tags=["sla"])

    @lru_cache(maxsize=DRAFTS_MAX)
    def drafted(policy: str | None, calendars: tuple[tuple[str, str], ...], known: Known) -> Draft:
        return draft_of(policy, dict(calendars), known)

    @router.post("/policies/what-if", dependencies=LEADERS, responses=COMMAND_RESPONSES)
    async def try_policy(body: WhatIfIn) -> WhatIfOut:
        """Judge history by drafts of a policy, of calendars, or of both: breaches gained and lost, with their tickets.

        Nothing is written.
        """
        _refuse_empty_question(body)
        known = await rulebooks.known(fresh=True)
        page = await tickets.page(body.after or "", PAGE)
        # Beside the loop that answers others, and fires what falls due: a page may be a second's work.
        judging = _Judging(drafted, known, metrics, seconds(clock.now()))
        judged, comparisons = await asyncio.to_thread(_judged, page, body, judging)
        return WhatIfOut(
            tickets=len(page),
            judged=judged,
            tickets_in_all=await tickets.count(),
            next_after=page[-1].ticket_id if len(page) == PAGE else None,
            metrics=[_out(comparisons[name]) for name in metrics if name in comparisons],
        )

    return router


def _refuse_empty_question(body: WhatIfIn) -> None:
    if body.document is None and not body.calendars:
        raise _impossible("/document", "a policy, or /calendars, or both", "neither")
    if body.received_from is not None and body.received_to is not None and body.received_to <= body.received_from:
        later = f"a moment after {body.received_from.isoformat()}, from which on tickets are wanted"
        raise _impossible("/received_to", later, body.received_to.isoformat())


def _impossible(pointer: str, expected: str, found: str) -> Problem:
    error = {"pointer": pointer, "expected": expected, "found": found}
    return Problem(422, "INVALID_REQUEST", "The request is not of the expected form.", errors=[error])


def _judged(rows: Sequence[TicketRow], body: WhatIfIn, judging: _Judging) -> tuple[int, Mapping[str, Comparison]]:
    draft = judging.drafted(body.document, tuple(body.calendars.items()), judging.known)
    comparisons: dict[str, Comparison] = {}
    judged = 0
    for row in rows:
        facts = facts_decoded(row.facts)
        if not _is_wanted(facts, body):
            continue
        before = clocks_decoded(row.clocks, judging.known.rulebook.terms_of)
        if draft.has_policy:
            facts = [fact for fact in facts if fact.source != "sla"]
        after = judge(facts, draft.rulebook, judging.metrics, judging.now)
        compare(comparisons, row.ticket_id, before, after, now=judging.now)
        judged += 1
    return judged, comparisons


def _is_wanted(facts: Sequence[Observed], body: WhatIfIn) -> bool:
    first = datetime.fromtimestamp(min(fact.at for fact in facts), UTC)
    return (body.received_from is None or body.received_from <= first) and (
        body.received_to is None or first < body.received_to
    )


def _out(comparison: Comparison) -> ComparisonOut:
    return ComparisonOut(
        metric=comparison.metric,
        clocks_before=comparison.clocks_before,
        clocks_after=comparison.clocks_after,
        breaches_before=comparison.breaches_before,
        breaches_after=comparison.breaches_after,
        over_minutes_before=_minutes(comparison.over_seconds_before),
        over_minutes_after=_minutes(comparison.over_seconds_after),
        gained=[_changed(each) for each in comparison.gained],
        lost=[_changed(each) for each in comparison.lost],
    )


def _changed(changed: Changed) -> ChangedOut:
    return ChangedOut(
        ticket_id=changed.ticket_id,
        metric=changed.metric,
        cycle=changed.cycle,
        over_minutes_before=_minutes(changed.over_seconds_before),
        over_minutes_after=_minutes(changed.over_seconds_after),
    )


def _minutes(seconds_over: int) -> float:
    return round(seconds_over / 60, 2)
