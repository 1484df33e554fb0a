"""Gives every request an id, counts it, and logs it without anything personal."""

import re
import traceback
from pathlib import Path
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.observability.process import ProcessFigures
from shared_events.clock import Clock
from shared_events.ids import IdSource

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_PLACES_MAX: Final = 8


class RequestLog:
    """ASGI middleware: `X-Request-ID` is taken over or made, and answered."""

    def __init__(self, app: ASGIApp, *, ids: IdSource, clock: Clock, figures: ProcessFigures) -> None:
        self._app = app
        self._ids = ids
        self._clock = clock
        self._figures = figures
        self._log = structlog.get_logger(__name__).bind()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else str(self._ids.new())
        scope.setdefault("state", {})["request_id"] = request_id
        started = self._clock.monotonic()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as bug:
            # Not its message, nor a traceback with it: either may quote what somebody wrote.
            self._log.error("bug", request_id=request_id, error=type(bug).__name__, where=_places(bug))
            raise
        finally:
            route, seconds = getattr(scope.get("route"), "path", None), self._clock.monotonic() - started
            self._figures.answered(route, scope["method"], status, seconds)
            self._log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                route=route,
                status=status,
                milliseconds=round(seconds * 1000, 1),
            )


def _places(bug: Exception) -> list[str]:
    """The calls that led to it, the innermost last."""
    frames = traceback.extract_tb(bug.__traceback__)[-_PLACES_MAX:]
    return [f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}" for frame in frames]
