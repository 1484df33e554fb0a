"""The ledger's table of contents."""

import asyncpg
from fastapi import APIRouter

from ledger_svc.api import figures, queues, tickets, timelines
from ledger_svc.api.reading import Sources
from ledger_svc.ports import KeptLog
from ledger_svc.views.tickets.view import ticket_view
from shared_events.http import Cursors
from shared_events.keys import KeyRing
from shared_events.runtime.service import Service


def build(*, pool: asyncpg.Pool, log: KeptLog, ring: KeyRing, cursors: Cursors) -> Service:
    """The ledger on a database; `ring` opens personal texts for those who may read them."""
    sources = Sources(pool=pool, ring=ring, cursors=cursors)
    router = APIRouter()
    for part in (
        tickets.build_router(sources),
        timelines.build_router(sources, log),
        queues.build_router(sources),
        figures.build_router(sources),
    ):
        router.routes.extend(part.routes)
    return Service(name="ledger", router=router, views=(ticket_view(),))
