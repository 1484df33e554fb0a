"""SLA's table of contents."""

from dataclasses import dataclass

import asyncpg
from fastapi import APIRouter

from shared_events.clock import Clock
from shared_events.figures import UNCOUNTED, Figures
from shared_events.http import Cursors
from shared_events.ids import IdSource
from shared_events.runtime.service import Service
from shared_events.store.port import Store
from sla_svc.adapters.keeping import Keeping
from sla_svc.adapters.known_clocks import KnownClocks
from sla_svc.adapters.rulebooks import Rulebooks
from sla_svc.adapters.tickets import PostgresTickets
from sla_svc.api import clocks, figures, migration, rulebook, what_if
from sla_svc.api.figures import Lists
from sla_svc.api.migration import Migrating, Migrations
from sla_svc.api.rulebook import Rulebook
from sla_svc.domain.metrics import METRICS


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What SLA is built from; `pool` reaches the schema `sla`."""

    rulebook: Rulebook
    migrations: Migrations
    store: Store
    pool: asyncpg.Pool
    clock: Clock
    ids: IdSource
    cursors: Cursors
    figures: Figures = UNCOUNTED


def build(parts: Parts) -> Service:
    """Clocks by what other services tell, and the rules that they go by."""
    rulebooks, tickets = Rulebooks(parts.store, parts.clock), PostgresTickets(parts.pool)
    known = KnownClocks(parts.store, tickets, rulebooks, METRICS, pool=parts.pool)
    router = APIRouter()
    for part in (
        rulebook.build_router(parts.rulebook, rulebooks, parts.clock),
        what_if.build_router(rulebooks, tickets, METRICS, parts.clock),
        migration.build_router(Migrating(parts.migrations, rulebooks, tickets, METRICS)),
        clocks.build_router(known, parts.clock),
        figures.build_router(Lists(parts.pool, rulebooks, parts.cursors, parts.clock)),
    ):
        router.routes.extend(part.routes)
    keeping = Keeping(parts.store, tickets, rulebooks, METRICS, ids=parts.ids, figures=parts.figures)
    return Service(name="sla", router=router, process=keeping)
