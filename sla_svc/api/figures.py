"""Which clocks fall due next, and how the targets were kept."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote

import asyncpg
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared_events.clock import Clock
from shared_events.contracts.intake import Category
from shared_events.http import READ_RESPONSES, Cursors, GatedRoute, Moment, Problem, Role, reader
from sla_svc.adapters.rulebooks import Rulebooks, by_rulebook
from sla_svc.adapters.zones import zone_names
from sla_svc.api.clock_bodies import PROVISIONAL
from sla_svc.api.metric_names import MetricName
from sla_svc.domain.explaining.explanation import is_provisional
from sla_svc.domain.facts import seconds
from sla_svc.domain.rulebook import Rulebook
from sla_svc.views.clocks import (
    PERCENTILES,
    DueFilters,
    DuePlace,
    FigureFilters,
    Period,
    clock_figures,
    due_clocks,
    open_figures,
)

AT_DESKS: Final = (Depends(reader("sla", Role.AGENT, Role.LEAD, Role.OPS, Role.ADMIN)),)
OF_FIGURES: Final = (Depends(reader("sla", Role.LEAD, Role.OPS, Role.ANALYST, Role.ADMIN)),)


def _known_zone(name: str) -> str:
    if name not in zone_names():
        raise ValueError("the name of a time zone is expected, as Asia/Shanghai")
    return name


class DueQuery(BaseModel):
    """Which running clocks, and which page."""

    model_config = ConfigDict(extra="forbid")

    metric: MetricName | None = Field(None, description="Only the clocks of this metric.", examples=["first_response"])
    due_before: Moment | None = Field(None, description="Due before this moment.")
    breached: bool | None = Field(None, description="Only those whose breach was said, or only the others.")
    limit: int = Field(50, ge=1, le=100, description="How many at most.")
    cursor: str | None = Field(None, max_length=500, description="The `next_cursor` of the page before.")


class DueClockOut(BaseModel):
    """A running clock."""

    ticket_id: str
    clock_id: str
    metric: str
    cycle: int
    started_at: datetime
    deadline: datetime
    deadline_is_provisional: bool = Field(description=PROVISIONAL)
    target_seconds: int
    breached_at: datetime | None = Field(
        description="When it was last said to be over its target; a change may have given it more time since."
    )
    policy: str
    policy_version: str
    policy_row: str


class DueClocksOut(BaseModel):
    """A page of running clocks, what is due first in front."""

    items: list[DueClockOut]
    next_cursor: str | None


class FiguresQuery(BaseModel):
    """Which clocks are counted, and in which periods."""

    model_config = ConfigDict(extra="forbid")

    period: Period = Field(Period.ALL, description="How the time is divided.")
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        "UTC", description="On whose clocks periods begin.", examples=["Asia/Shanghai"]
    )
    ended_from: Moment | None = Field(None, description="Met at this moment or later.")
    ended_to: Moment | None = Field(None, description="Met before this moment.")
    category: Category | None = Field(None, description="Only tickets of this category.")


class ClockFiguresOut(BaseModel):
    """Of one metric in one period, all clocks that were met."""

    period: datetime | None = Field(description="Where the period begins; absent where all time is one period.")
    metric: str
    tier: str | None = Field(description="Whose time it is, where it is a tier's.")
    met: int
    in_time: int
    breached: int = Field(description="Those whose target was passed at some time.")
    over_seconds: int = Field(description="All that was counted beyond the targets.")
    percentiles: dict[str, int] = Field(description="Of the counted seconds.", examples=[{"p50": 1200}])


class OpenClocksOut(BaseModel):
    """Of one metric, the clocks that have not ended; none of them is among those that were met."""

    metric: str
    tier: str | None = Field(description="Whose time it is, where it is a tier's.")
    open: int = Field(description="Running or paused.")
    overdue: int = Field(description="Those of them that are over their target.")


class AllFiguresOut(BaseModel):
    """By period and metric."""

    items: list[ClockFiguresOut]
    now_open: list[OpenClocksOut] = Field(description="As it is now, whatever the period.")


@dataclass(frozen=True, slots=True)
class Lists:
    """What the routes read from; `pool` reaches the schema `sla`."""

    pool: asyncpg.Pool
    rulebooks: Rulebooks
    cursors: Cursors
    clock: Clock


def build_router(lists: Lists) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1", route_class=GatedRoute, tags=["sla"])

    @router.get("/clocks", dependencies=AT_DESKS, responses=READ_RESPONSES)
    async def list_due_clocks(
        query: Annotated[DueQuery, Query()], request: Request, response: Response
    ) -> DueClocksOut:
        """Running clocks in the order of their deadlines: what is about to be breached, or was."""
        page, link = await _page(lists, query, request)
        if link is not None:
            response.headers["Link"] = link
        return page

    @router.get("/clock-figures", dependencies=OF_FIGURES, responses=READ_RESPONSES)
    async def read_clock_figures(query: Annotated[FiguresQuery, Query()]) -> AllFiguresOut:
        """How the targets were kept, per metric, tier and period."""
        _refuse_empty_time(query)
        filters = FigureFilters(
            period=query.period,
            zone=query.timezone,
            ended_from=query.ended_from,
            ended_to=query.ended_to,
            category=query.category,
        )
        still_open = await open_figures(lists.pool, query.category, lists.clock.now())
        return AllFiguresOut(
            items=[_figures(row) for row in await clock_figures(lists.pool, filters)],
            now_open=[OpenClocksOut.model_validate(dict(row)) for row in still_open],
        )

    return router


def _refuse_empty_time(query: FiguresQuery) -> None:
    start, end = query.ended_from, query.ended_to
    if start is not None and end is not None and end <= start:
        later = f"a moment after {start.isoformat()}, from which on clocks are counted"
        error = {"pointer": "ended_to", "expected": later, "found": end.isoformat()}
        raise Problem(422, "INVALID_REQUEST", "The request is not of the expected form.", errors=[error])


async def _page(lists: Lists, query: DueQuery, request: Request) -> tuple[DueClocksOut, str | None]:
    """And the link to the next one."""
    filters = DueFilters(metric=query.metric, due_before=query.due_before, breached=query.breached)
    bound = {"list": "clocks", **asdict(filters)}
    after = None if query.cursor is None else _place(lists.cursors.verify(bound, query.cursor))
    found = await due_clocks(lists.pool, filters, after, query.limit + 1)
    page = found[: query.limit]
    cursor = link = None
    if len(found) > len(page):
        last = page[-1]
        cursor = lists.cursors.sign(bound, [last["deadline"].isoformat(), last["ticket_id"], last["clock_id"]])
        url = request.url.include_query_params(cursor=cursor)
        link = f'<{quote(url.path)}?{url.query}>; rel="next"'
    items = await by_rulebook(lists.rulebooks, lambda rulebook: _shown(page, rulebook))
    return DueClocksOut(items=items, next_cursor=cursor), link


async def _shown(rows: Sequence[asyncpg.Record], rulebook: Rulebook) -> list[DueClockOut]:
    return [_due(row, rulebook) for row in rows]


def _due(row: asyncpg.Record, rulebook: Rulebook) -> DueClockOut:
    terms = rulebook.terms_of(row["policy"], row["policy_version"], row["metric"], row["policy_row"])
    provisional = is_provisional(seconds(row["deadline"]), terms.calendar)
    return DueClockOut.model_validate({**dict(row), "deadline_is_provisional": provisional})


def _place(key: list[Any]) -> DuePlace:
    deadline, ticket_id, clock_id = key
    return DuePlace(datetime.fromisoformat(deadline), ticket_id, clock_id)


def _figures(row: asyncpg.Record) -> ClockFiguresOut:
    percentiles = {f"p{percent}": row[f"p{percent}"] for percent in PERCENTILES}
    return ClockFiguresOut.model_validate({**dict(row), "percentiles": percentiles})
