"""What waits, and what lies on an agent's desk."""

from typing import Annotated

from fastapi import APIRouter, Path

from ledger_svc.api.bodies import DeskOut, QueueOut, QueuesOut
from ledger_svc.api.reading import ANYBODY, AT_DESKS, LIMIT_MAX, Sources
from ledger_svc.api.tickets import summary_of
from ledger_svc.views.desks import desk_counts, desk_tickets
from ledger_svc.views.queues import queues
from ledger_svc.views.tickets.queries import tickets_behind
from shared_events.http import READ_RESPONSES, GatedRoute, ShortText

AgentPath = Annotated[ShortText, Path(description="The agent's id.", examples=["agent-7"])]


def build_router(sources: Sources) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1", route_class=GatedRoute, tags=["ledger"])

    @router.get("/queues", dependencies=ANYBODY, responses=READ_RESPONSES)
    async def read_queues() -> QueuesOut:
        """The queues that have tickets: how many, and since when the oldest waits."""
        return QueuesOut(items=[QueueOut.model_validate(dict(record)) for record in await queues(sources.pool)])

    @router.get("/agents/{agent_id}/desk", dependencies=AT_DESKS, responses=READ_RESPONSES)
    async def read_desk(agent_id: AgentPath) -> DeskOut:
        """What an agent holds: in work, waiting for somebody, awaiting the customer's verdict."""
        held = await desk_tickets(sources.pool, agent_id, LIMIT_MAX)
        behind = await tickets_behind(sources.pool, [record["ticket_id"] for record in held])
        tickets = [summary_of(record, behind=record["ticket_id"] in behind) for record in held]
        counts = dict(await desk_counts(sources.pool, agent_id))
        return DeskOut(agent_id=agent_id, tickets=tickets, **counts)

    return router
