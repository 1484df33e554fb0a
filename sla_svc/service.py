"""SLA's table of contents, empty until its clocks exist."""

from fastapi import APIRouter

from shared_events.runtime.service import Service


def build() -> Service:
    """A service without routes, reactions and views."""
    return Service(name="sla", router=APIRouter(tags=["sla"]))
