"""A small reverse proxy by the route table: the gateway of development where no nginx is installed."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Final

import httpx2
import uvicorn
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from services.gateway import Route, pattern_of, route_table
from shared_events.http.problems import Problem

OF_ONE_CONNECTION: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
"""Headers that are about the connection they came by, and end with it (RFC 9110, 7.6.1)."""

TIMEOUT: Final = httpx2.Timeout(60.0, connect=5.0)

Headers = list[tuple[bytes, bytes]]


class Gateway:
    """ASGI: passes each request on to the service that owns its path, and refuses every other path."""

    def __init__(self, table: Sequence[Route], upstreams: Mapping[str, str], http: httpx2.AsyncClient) -> None:
        self._owners = [(re.compile(pattern_of(route.path)), upstreams[route.service]) for route in table]
        self._http = http

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        assert scope["type"] == "http", "the server was told to do without the rest"
        begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        if scope["path"] == "/livez":  # its own, as nginx has it too
            await Response(status_code=204)(scope, receive, send)
            return
        try:
            await self._pass_on(scope, receive, send_and_note)
        except Problem as problem:
            await problem.response()(scope, receive, send)
        except httpx2.TransportError as error:
            if begun:
                raise  # the server cuts the answer short, so that nobody takes it for a whole one
            await _unreachable(error).response()(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = f"http://{self._owner(scope['path'])}{scope['raw_path'].decode('latin-1')}"
        query = scope["query_string"].decode("latin-1")
        has_body = any(name in {b"content-length", b"transfer-encoding"} for name, _ in scope["headers"])
        # Not build_request, which adds headers of its own.
        request = httpx2.Request(
            scope["method"],
            f"{target}?{query}" if query else target,
            headers=_passed_on(scope["headers"]),
            content=_body(receive) if has_body else None,
            extensions={"timeout": TIMEOUT.as_dict()},
        )
        answer = await self._http.send(request, stream=True)
        try:
            start = {"status": answer.status_code, "headers": _passed_on(answer.headers.raw)}
            await send({"type": "http.response.start", **start})
            async for part in answer.aiter_raw():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await answer.aclose()

    def _owner(self, path: str) -> str:
        for pattern, upstream in self._owners:
            if pattern.match(path):
                return upstream
        raise Problem(404, "NOT_FOUND", "Not Found", detail="Nothing is found at this path.")


async def serve(host: str, port: int, upstreams: Mapping[str, str]) -> None:
    """Until interrupted; `upstreams` has `host:port` for every service."""
    # Every request opens a connection of its own: one that was kept could be closed just when a write is sent by it.
    limits = httpx2.Limits(max_keepalive_connections=0)
    async with httpx2.AsyncClient(limits=limits, trust_env=False) as http:
        gateway = Gateway(await route_table(), upstreams, http)
        config = uvicorn.Config(
            gateway, host=host, port=port, log_config=None, access_log=False, lifespan="off", ws="none",
            server_header=False, date_header=False, timeout_graceful_shutdown=5,
        )  # fmt: skip
        await uvicorn.Server(config).serve()


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise httpx2.ReadError("the caller has gone")
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _passed_on(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in OF_ONE_CONNECTION]


def _unreachable(error: Exception) -> Problem:
    detail = f"{type(error).__name__}. If this was a write, repeat it with the same Idempotency-Key."
    return Problem(
        503, "UNAVAILABLE", "The service cannot be reached just now.", detail=detail, headers={"Retry-After": "1"}
    )


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), dict(word.split("=") for word in sys.argv[3:])))
