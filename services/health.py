"""What orchestrators and Prometheus ask a process: `/livez`, `/readyz` and `/metrics`."""

from collections.abc import Iterator
from typing import Any, Final

from aiokafka.errors import KafkaError, KafkaTimeoutError
from fastapi import APIRouter, Depends, Request, Response

from services.migrations.revisions import missing_revision
from services.observability.exposition import CONTENT_TYPE, exposition
from services.observability.loops import WatchedLoop
from services.observability.standing import standing
from services.wiring import Zixun
from shared_events.http import Principal, Problem, Role, problem_responses
from shared_events.http.access import Gate
from shared_events.http.outages import OUTAGES

OPEN_PATHS: Final = ("/livez", "/readyz")
"""What an orchestrator asks without a credential. It is told what is wrong, but never in words that may quote."""

DATABASE_SECONDS_MAX: Final = 2.0

_FIGURES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "As Prometheus reads them.", "content": {CONTENT_TYPE: {"schema": {"type": "string"}}}},
    **problem_responses(400, 401, 403, 422, 500, 503),
}

Trouble = dict[str, str]
"""As in the `errors` of a problem: what has it, what was expected, what was found."""


class _Operators(Gate):
    """A dependency that lets in who runs the system; Prometheus has a token of the role ops."""

    async def __call__(self, request: Request) -> Principal:
        """Who they are."""
        return await self.admit(request)


def health_router(zixun: Zixun, *, serves: bool) -> APIRouter:
    """The probes and the figures; `serves` if callers' requests come to this process too."""
    router = APIRouter(tags=["health"])
    operators = Depends(_Operators((Role.OPS, Role.ADMIN)))

    @router.get("/livez", response_class=Response, status_code=204)
    async def live() -> Response:
        """The process answers."""
        return Response(status_code=204)

    @router.get("/readyz", response_class=Response, status_code=204, responses=problem_responses(503))
    async def ready() -> Response:
        """The database answers and has all migrations, and the loops of this process run; 503 with what is wrong."""
        missing = await missing_revision(zixun.pool, timeout_seconds=DATABASE_SECONDS_MAX)
        errors = [_trouble("migrations", *missing)] if missing else []
        for watched in zixun.loops.watched:
            errors += _troubles_of(watched, serves=serves)
        if errors:
            title = "This process is not ready."
            raise Problem(503, "NOT_READY", title, headers={"Retry-After": "1"}, errors=errors)
        return Response(status_code=204)

    @router.get("/metrics", response_class=Response, dependencies=[operators], responses=_FIGURES)
    async def read_metrics() -> Response:
        """What this process has counted, and where all relays and consumers stand, for Prometheus."""
        stands = await standing(zixun.pool, zixun.clock)
        return Response(exposition(zixun.figures, zixun.loops, stands), media_type=CONTENT_TYPE)

    return router


def _troubles_of(watched: WatchedLoop, *, serves: bool) -> Iterator[Trouble]:
    """What an outage does to a loop makes nobody unready who serves: writing goes on while the log is away."""
    error = watched.error
    if watched.keeps_failing and error is not None and not (serves and _is_outage(error)):
        found = f"{type(error).__name__}, {watched.failures} times since {watched.failing_since:%Y-%m-%dT%H:%M:%SZ}"
        yield _trouble(watched.name, "it runs", found)
    for partition, reason in sorted(watched.stopped.items()):
        yield _trouble(f"{watched.name}, partition {partition}", "it goes on", f"stopped: {type(reason).__name__}")


def _is_outage(error: Exception) -> bool:
    """Whether it passes by itself when the database or the cluster is back."""
    if isinstance(error, KafkaError):
        return error.retriable or isinstance(error, KafkaTimeoutError)
    return isinstance(error, OUTAGES)


def _trouble(name: str, expected: str, found: str) -> Trouble:
    return {"pointer": name, "expected": expected, "found": found}
