"""The HTTP applications: all services in one, one service alone, or health alone; and the processes that serve them."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from fastapi_swagger import patch_fastapi
from starlette.middleware.exceptions import ExceptionMiddleware

from services.database import connect_pool, own_database
from services.doctor.comparing import refuse_restored
from services.garbage import collect_rarely
from services.health import health_router
from services.master_key import find_or_make_master_key
from services.observability.traces import collected
from services.openapi import document_of
from services.requests import RequestLog
from services.settings import Settings
from services.wiring import Zixun, assemble
from services.worker import refuse_unfit_topics, working
from shared_events.clock import SystemClock
from shared_events.http import install_problem_handlers
from shared_events.http.entrance import Entrance
from shared_events.http.outages import install_outage_handlers
from shared_events.log.engine import refuse_elsewhere

DESCRIPTION: Final = """
Consultations from the call to the callback visit, as events that are never changed.

Every request but the health probes and this page carries a bearer token (`zixun token create`). Every error is a
problem document (RFC 9457) with a stable `code`. Every write takes an `Idempotency-Key`, and answers with its part of
the ticket's `ETag` and with `Zixun-Position`; send that position with a later request, and it is answered from a state
that has it.
"""

OPEN_PATHS: Final = ("/livez", "/readyz", "/", "/docs", "/swagger/", "/openapi.json")
"""What can be read without a credential: the health probes and the page of the API."""


def create_app(zixun: Zixun, settings: Settings, services: Sequence[str] = ()) -> FastAPI:
    """The app of these services, of all if none is named."""
    app = FastAPI(
        title="Zixun",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,
        telemetry=_telemetry(zixun),
    )
    app.state.authenticate = zixun.tokens.authenticate
    app.state.waits = zixun.progress
    app.state.clock = zixun.clock
    health = health_router(zixun, serves=True)
    for router in (*(zixun.services[name].router for name in services or zixun.services), health):
        # Not include_router, with which FastAPI would look for the route of a request three times.
        app.router.routes.extend(router.routes)
    # The whole API, also where services run apart: who reads it reaches them by one address, the gateway's.
    described = [
        route for router in (*(each.router for each in zixun.services.values()), health) for route in router.routes
    ]
    for route in described:
        if isinstance(route, APIRoute):
            route.operation_id = route.name
    patch_fastapi(app, title="Zixun")
    _guard(app, zixun, settings)
    app.openapi = lambda: document_of(app, described)  # type: ignore[method-assign] # FastAPI's documented way to extend it
    return app


def create_health_app(zixun: Zixun, settings: Settings) -> FastAPI:
    """What a process answers that serves no API: its probes and its figures, nothing else."""
    app = FastAPI(openapi_url=None, redirect_slashes=False, telemetry=_telemetry(zixun))
    app.state.authenticate = zixun.tokens.authenticate
    app.router.routes.extend(health_router(zixun, serves=False).routes)
    _guard(app, zixun, settings)
    return app


async def serve(settings: Settings, services: Sequence[str] = (), *, work: bool = True) -> None:
    """Serve until interrupted: these services' APIs, and, with `work`, the relays and consumers of all."""
    async with _begun(settings, work=work) as zixun:
        server = uvicorn.Server(_config(create_app(zixun, settings, services), settings.host, settings.port))
        collect_rarely()
        await server.serve()


async def work_alone(settings: Settings) -> None:
    """Relay and consume for services that are served by other processes, until interrupted."""
    async with _begun(settings, work=True) as zixun:
        if settings.metrics_port is None:
            await asyncio.Event().wait()
        else:
            await _serve_health(create_health_app(zixun, settings), settings.host, settings.metrics_port)


@asynccontextmanager
async def _begun(settings: Settings, *, work: bool) -> AsyncIterator[Zixun]:
    """The system on a database and a log that fit it; with `work`, its relays and consumers run meanwhile."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        traces = stack.enter_context(collected(settings.otlp_endpoint))
        master_key = find_or_make_master_key(settings)
        dsn = await stack.enter_async_context(own_database(settings, clock))
        pool = await stack.enter_async_context(await connect_pool(dsn, settings))
        await refuse_elsewhere(pool, settings.cluster)
        zixun = await assemble(pool, master_key, clock, settings.cluster, traces=traces)
        if work:
            await refuse_unfit_topics(settings.cluster)
        await refuse_restored(pool, settings.cluster)
        if work:
            await stack.enter_async_context(working(zixun))
        yield zixun


class _Beside(uvicorn.Server):
    """Serves beside what the process is there for, and leaves its signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None."""
        yield


async def _serve_health(app: FastAPI, host: str, port: int) -> None:
    """Until cancelled."""
    server = _Beside(_config(app, host, port))
    try:
        await server.serve()
    finally:
        if server.started:
            await server.shutdown()


def _telemetry(zixun: Zixun) -> TelemetryConfig:
    """Spans of requests where somebody collects them; figures and log lines are our own."""
    provider = zixun.traces.provider
    return {
        "tracer_provider": provider,
        "tracing": provider is not None,
        "operation_spans": False,
        "metrics": False,
        "logs": False,
    }


def _guard(app: FastAPI, zixun: Zixun, settings: Settings) -> None:
    """What every request goes through: its log line, the answers to errors, and the entrance."""
    install_problem_handlers(app)
    install_outage_handlers(app)
    app.add_middleware(Entrance, open_paths=OPEN_PATHS, body_bytes_max=settings.body_bytes_max)
    # The entrance is outside of the app's own handling of exceptions; what it raises is answered in the same way.
    app.add_middleware(ExceptionMiddleware, handlers=_handlers_of_problems(app))
    app.add_middleware(RequestLog, ids=zixun.ids, clock=zixun.clock, figures=zixun.figures)


def _config(app: FastAPI, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,  # who calls is told by the token, and no answer repeats the address that was asked
        timeout_graceful_shutdown=5,
    )


def _handlers_of_problems(app: FastAPI) -> dict[Any, Any]:
    """All but that of bugs, which have to be raised on, so that they are logged."""
    return {kind: handler for kind, handler in app.exception_handlers.items() if kind is not Exception}
