"""When the database is away, a stream contended or an event unreadable, nothing was decided: 503, and what to do."""

from typing import Final

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response

from shared_events.contracts import Undecodable
from shared_events.http.problems import Problem, request_id
from shared_events.runtime.commands import Contended

OUTAGES: Final[tuple[type[Exception], ...]] = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # the database takes no connections; a lock cannot be had
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that broke while it was lent out
    OSError,
    TimeoutError,
)

_log = structlog.get_logger(__name__)


def install_outage_handlers(app: FastAPI) -> None:
    """Answer outages as problems that say whether it is safe to try again."""
    for outage in OUTAGES:
        app.add_exception_handler(outage, _answer_outage)
    app.add_exception_handler(Contended, _answer_contention)
    app.add_exception_handler(Undecodable, _answer_unreadable)


async def _answer_outage(request: Request, error: Exception) -> Response:
    _log.warning("outage", request_id=request_id(request), error=type(error).__name__)
    problem = Problem(
        503,
        "UNAVAILABLE",
        "The store cannot be reached just now.",
        detail=(
            "If this was a write, it is not known whether it happened: repeat it with the same Idempotency-Key, "
            "which never makes a second event."
        ),
        headers={"Retry-After": "1"},
    )
    return problem.response(request_id(request))


async def _answer_contention(request: Request, error: Exception) -> Response:
    _log.warning("contention", request_id=request_id(request), error=str(error))
    problem = Problem(
        503,
        "CONTENDED",
        "Others wrote to the same ticket all the while. Nothing was done; try again.",
        headers={"Retry-After": "1"},
    )
    return problem.response(request_id(request))


async def _answer_unreadable(request: Request, error: Exception) -> Response:
    _log.error("event cannot be read", request_id=request_id(request), error=str(error))
    problem = Problem(
        503,
        "UNREADABLE",
        "This release cannot read all events of the ticket. Nothing was done; an operator has to look.",
    )
    return problem.response(request_id(request))
