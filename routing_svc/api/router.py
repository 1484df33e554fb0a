"""All routes of routing."""

from fastapi import APIRouter

from routing_svc.api import answers, assignment, entry, life, moves, technical_case, work
from routing_svc.api.answering import CustomerOf, Tickets
from shared_events.http import GatedRoute


def build_router(tickets: Tickets, customer_of: CustomerOf) -> APIRouter:
    """The routes, in the order of the flow. `customer_of` says whose consultation it is that is routed by hand."""
    router = APIRouter(prefix="/v1/tickets/{ticket_id}", route_class=GatedRoute, tags=["routing"])
    entry.add_routes(router, tickets, customer_of)
    for noun in (assignment, work, answers, moves, technical_case, life):
        noun.add_routes(router, tickets)
    return router
