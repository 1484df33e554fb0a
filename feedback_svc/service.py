"""Feedback's table of contents."""

from functools import partial
from typing import Final

import asyncpg

from feedback_svc.api import Callbacks, build_router
from feedback_svc.domain.policy import visit_after_acceptance
from shared_events.contracts.routing import AnswerAccepted
from shared_events.runtime.customers import Customers
from shared_events.runtime.service import Reaction, Service

CUSTOMERS: Final = Customers("feedback")


def build(callbacks: Callbacks, *, pool: asyncpg.Pool) -> Service:
    """Callbacks are planned by hand or by an accepted answer. `pool` reaches the schema `feedback`."""
    visit = Reaction(
        name="feedback.visit_after_acceptance",
        handles=(AnswerAccepted,),
        react=visit_after_acceptance,
        aggregate=callbacks,
    )
    return Service(
        name="feedback",
        router=build_router(callbacks, partial(CUSTOMERS.of, pool)),
        reactions=(visit,),
        views=(CUSTOMERS.view(),),
    )
