"""The small proxy passes on what it is given, to the owner of the path and to nobody else."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.distributed.proxy import Gateway
from services.gateway import Route

TABLE = [Route("/v1/things/{id}", "things"), Route("/v1/things/{id}/parts", "parts"), Route("/v1/stream", "things")]
NOBODY = "127.0.0.1:1"


class Things:
    """A service that says what it was asked; `/v1/stream` says two words, the second when it is told to."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.break_off = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/v1/stream":
            await self._stream(send)
            return
        said = {
            "method": scope["method"],
            "target": scope["raw_path"].decode() + "?" + scope["query_string"].decode(),
            "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
            "body": (await Request(scope, receive).body()).decode(),
        }
        await JSONResponse(said, 201, {"ETag": '"things.1"', "Keep-Alive": "timeout=5"})(scope, receive, send)

    async def _stream(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"6")]})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await self.go_on.wait()
        if self.break_off:
            raise ConnectionAbortedError
        await send({"type": "http.response.body", "body": b"two", "more_body": False})


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Where the app is served, as `host:port`."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=5))
        served = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await served


@pytest.fixture
def things() -> Things:
    return Things()


@pytest.fixture
async def gateway(things: Things) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the gateway, behind which nobody answers for `parts`."""
    async with (
        serving(things) as upstream,
        httpx2.AsyncClient(trust_env=False) as http,
        serving(Gateway(TABLE, {"things": upstream, "parts": NOBODY}, http)) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", trust_env=False) as client,
    ):
        yield client


async def test_a_request_arrives_as_it_was_sent_and_its_answer_too(gateway: httpx2.AsyncClient) -> None:
    sent = {"X-Request-ID": "abc", "traceparent": "00-1-2-01", "If-Match": '"things.0"', "Idempotency-Key": "k"}
    answer = await gateway.request("PATCH", "/v1/things/a%20b?q=1&q=%E5%AE%A2", content="你好", headers=sent)

    said: dict[str, Any] = answer.json()
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"things.1"')
    assert (said["method"], said["target"], said["body"]) == ("PATCH", "/v1/things/a%20b?q=1&q=%E5%AE%A2", "你好")
    expected = {name.lower(): value for name, value in sent.items()} | {"host": gateway.base_url.netloc.decode()}
    assert {name: said["headers"].get(name) for name in expected} == expected


async def test_what_is_about_one_connection_is_not_passed_on(gateway: httpx2.AsyncClient) -> None:
    answer = await gateway.get("/v1/things/a", headers={"Upgrade": "h2c", "TE": "trailers", "Proxy-Connection": "x"})

    assert {"upgrade", "te", "proxy-connection"} & set(answer.json()["headers"]) == set()
    assert "keep-alive" not in answer.headers


async def test_a_body_without_an_announced_length_is_passed_on(gateway: httpx2.AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    assert (await gateway.post("/v1/things/a", content=parts())).json()["body"] == "onetwo"


async def test_an_answer_is_passed_on_while_it_comes(gateway: httpx2.AsyncClient, things: Things) -> None:
    async with gateway.stream("GET", "/v1/stream") as answer:
        words = answer.aiter_raw()
        assert await anext(words) == b"one"
        things.go_on.set()
        assert await anext(words) == b"two"


async def test_an_answer_that_breaks_off_is_not_passed_on_as_a_whole_one(
    gateway: httpx2.AsyncClient, things: Things
) -> None:
    things.break_off = True
    things.go_on.set()
    with pytest.raises(httpx2.RemoteProtocolError):
        await gateway.get("/v1/stream")


@pytest.mark.parametrize(
    "path", ["/readyz", "/metrics", "/v1/things", "/v1/things/a/", "/v1/things/a%2Fb", "//v1/stream"]
)
async def test_a_path_that_is_not_in_the_table_is_a_problem(gateway: httpx2.AsyncClient, path: str) -> None:
    refused = await gateway.get(path)

    assert (refused.status_code, refused.json()["code"]) == (404, "NOT_FOUND")


async def test_a_service_that_cannot_be_reached_is_a_problem_that_says_what_to_do(gateway: httpx2.AsyncClient) -> None:
    refused = await gateway.post("/v1/things/a/parts", content="x")

    assert (refused.status_code, refused.json()["code"]) == (503, "UNAVAILABLE")
    assert (refused.headers["Retry-After"], "same Idempotency-Key" in refused.json()["detail"]) == ("1", True)


async def test_the_gateway_has_a_health_of_its_own(gateway: httpx2.AsyncClient) -> None:
    assert (await gateway.get("/livez")).status_code == 204
