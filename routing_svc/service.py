"""Routing's table of contents."""

from functools import partial
from typing import Final

import asyncpg

from routing_svc.api.answering import Tickets
from routing_svc.api.router import build_router
from routing_svc.domain.policy import close_withdrawn, escalate_breached, reopen_dissatisfied, route_technical
from shared_events.contracts.feedback import DissatisfactionRaised
from shared_events.contracts.intake import ConsultationClassified, ConsultationWithdrawn
from shared_events.contracts.sla import SlaBreached
from shared_events.runtime.customers import Customers
from shared_events.runtime.service import Reaction, Service

CUSTOMERS: Final = Customers("routing")


def build(tickets: Tickets, *, pool: asyncpg.Pool) -> Service:
    """Tickets are routed by their classification or by hand. `pool` reaches the schema `routing`."""
    return Service(
        name="routing",
        router=build_router(tickets, partial(CUSTOMERS.of, pool)),
        reactions=(
            Reaction(
                name="routing.route_technical",
                handles=(ConsultationClassified,),
                react=route_technical,
                aggregate=tickets,
            ),
            Reaction(
                name="routing.close_withdrawn",
                handles=(ConsultationWithdrawn,),
                react=close_withdrawn,
                aggregate=tickets,
            ),
            Reaction(
                name="routing.reopen_dissatisfied",
                handles=(DissatisfactionRaised,),
                react=reopen_dissatisfied,
                aggregate=tickets,
            ),
            Reaction(
                name="routing.escalate_breached",
                handles=(SlaBreached,),
                react=escalate_breached,
                aggregate=tickets,
            ),
        ),
        views=(CUSTOMERS.view(),),
    )
