"""The centre in numbers."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from ledger_svc.api.bodies import FiguresOut, MoveOut, OccurrencesOut, TiersTouchedOut
from ledger_svc.api.reading import OF_FIGURES, Sources
from ledger_svc.views.figures import FigureFilters, Figures, figures
from ledger_svc.views.tickets.row import TicketStatus
from shared_events.contracts.base import Origin, Tier
from shared_events.http import READ_RESPONSES, GatedRoute, Moment

STILL_OPEN: Final = (TicketStatus.RECEIVED, TicketStatus.CLASSIFIED, TicketStatus.QUEUED, TicketStatus.IN_WORK)
_UPWARDS: Final = ((Tier.CSE, Tier.PSE), (Tier.PSE, Tier.RDE), (Tier.CSE, Tier.RDE))


class FiguresQuery(BaseModel):
    """Which tickets are counted."""

    model_config = ConfigDict(extra="forbid")

    received_from: Moment | None = Field(None, description="Received at this moment or later.")
    received_to: Moment | None = Field(None, description="Received before this moment.")
    origin: Origin | None = Field(None, description="Recorded live, or imported from an older system.")


def build_router(sources: Sources) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1", route_class=GatedRoute, tags=["ledger"])

    @router.get("/figures", dependencies=OF_FIGURES, responses=READ_RESPONSES)
    async def read_figures(query: Annotated[FiguresQuery, Query()]) -> FiguresOut:
        """How many tickets there are, how they moved, and how they ended."""
        return _told(await figures(sources.pool, FigureFilters(**query.model_dump())))

    return router


def _told(counted: Figures) -> FiguresOut:
    totals = counted.totals
    states = {status: counted.by_status.get(status, 0) for status in TicketStatus}
    return FiguresOut(
        tickets=totals["tickets"],
        tiers_touched=[
            TiersTouchedOut(tiers=[Tier(tier) for tier in touched.split("+") if tier], tickets=tickets)
            for touched, tickets in counted.by_tiers_touched.items()
        ],
        escalations=[
            MoveOut(from_tier=low, to_tier=high, events=totals[f"escalated_{low}_{high}".lower()])
            for low, high in _UPWARDS
        ],
        hand_backs=[
            MoveOut(from_tier=high, to_tier=low, events=totals[f"handed_back_{high}_{low}".lower()])
            for low, high in _UPWARDS
        ],
        transfers=totals["transfers"],
        waits=OccurrencesOut(events=totals["waits"], tickets=totals["tickets_with_waits"]),
        refused_verdicts=OccurrencesOut(events=totals["rejections"], tickets=totals["tickets_refused"]),
        reopenings=OccurrencesOut(events=totals["reopenings"], tickets=totals["tickets_reopened"]),
        refused_or_reopened_tickets=totals["tickets_refused_or_reopened"],
        last_states=states,
        still_open=sum(states[status] for status in STILL_OPEN),
    )
