"""Intake's table of contents."""

from collections.abc import Awaitable, Callable

from intake_svc.api.consultations import Consultations, build_router
from intake_svc.domain.policy import raise_urgency_of_breached
from shared_events.contracts.sla import SlaBreached
from shared_events.runtime.service import Reaction, Service


def build(
    consultations: Consultations, *, new_id: Callable[[], str], next_serial: Callable[[], Awaitable[int]]
) -> Service:
    """`new_id` makes ids of tickets; `next_serial` gives each consultation its number, from 1."""
    return Service(
        name="intake",
        router=build_router(consultations, new_id, next_serial),
        reactions=(
            Reaction(
                name="intake.raise_urgency_of_breached",
                handles=(SlaBreached,),
                react=raise_urgency_of_breached,
                aggregate=consultations,
            ),
        ),
    )
