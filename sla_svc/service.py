"""SLA's table of contents."""

import asyncpg
from fastapi import APIRouter

from shared_events.clock import Clock
from shared_events.ids import IdSource
from shared_events.runtime.service import Service
from shared_events.store.port import Store
from sla_svc.adapters.keeping import Keeping
from sla_svc.adapters.rulebooks import Rulebooks
from sla_svc.adapters.tickets import PostgresTickets
from sla_svc.api import rulebook as rulebook_api
from sla_svc.api.rulebook import Rulebook
from sla_svc.domain.metrics import METRICS


def build(rulebook: Rulebook, store: Store, *, pool: asyncpg.Pool, clock: Clock, ids: IdSource) -> Service:
    """Clocks by what other services tell, and the rules that they go by. `pool` reaches the schema `sla`."""
    rulebooks = Rulebooks(store, clock)
    router = APIRouter()
    for part in (rulebook_api.build_router(rulebook, rulebooks),):
        router.routes.extend(part.routes)
    return Service(
        name="sla",
        router=router,
        process=Keeping(store, PostgresTickets(pool), rulebooks, METRICS, ids=ids),
    )
