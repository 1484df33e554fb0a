"""Intake's table of contents."""

from collections.abc import Awaitable, Callable

from intake_svc.api.consultations import Consultations, build_router
from shared_events.runtime.service import Service


def build(
    consultations: Consultations, *, new_id: Callable[[], str], next_serial: Callable[[], Awaitable[int]]
) -> Service:
    """`new_id` makes ids of tickets; `next_serial` gives each consultation its number, from 1."""
    return Service(name="intake", router=build_router(consultations, new_id, next_serial))
