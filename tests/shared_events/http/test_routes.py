"""A gated route asks its gate once, before it looks at the body, and is described as any other route."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared_events.http.access import Gate, Principal, Role
from shared_events.http.entrance import Entrance
from shared_events.http.problems import install_problem_handlers
from shared_events.http.routes import GatedRoute
from tests.shared_events.conftest import FixedClock

AGENT = Principal("agent-1", Role.AGENT)
TOKEN = {"Authorization": "Bearer agent"}


class Counted(Gate):
    """Knows how often it was asked."""

    asked = 0

    async def __call__(self, request: Request) -> Principal:
        self.asked += 1
        return await self.admit(request)


class Note(BaseModel):
    """A body."""

    text: str


GATE = Counted([Role.AGENT])
Caller = Annotated[Principal, Depends(GATE)]


async def length(text: str) -> int:
    """A dependency beside the gate."""
    return len(text)


def router(kind: type[APIRoute]) -> APIRouter:
    made = APIRouter(route_class=kind)

    @made.post("/notes/{number}")
    async def write(number: int, body: Note, caller: Caller) -> dict[str, Any]:
        return {"number": number, "text": body.text, "by": caller.id}

    @made.post("/requests")
    async def ask(caller: Caller, request: Request) -> dict[str, Any]:
        return {"by": caller.id, "path": request.url.path, "body": (await request.body()).decode()}

    @made.get("/lengths", dependencies=[Depends(GATE)])
    async def measure(asked: Annotated[int, Depends(length)]) -> int:
        return asked

    @made.get("/leads", dependencies=[Depends(Gate([Role.LEAD]))])
    async def lead() -> None:
        raise AssertionError("nobody comes here")

    @made.get("/anybody")
    async def anybody() -> str:
        return "hello"

    return made


def application(kind: type[APIRoute] = GatedRoute, *, entrance: bool = True) -> FastAPI:
    async def authenticate(token: str) -> Principal | None:
        return {"agent": AGENT}.get(token)

    app = FastAPI()
    app.router.routes.extend(router(kind).routes)
    app.state.authenticate = authenticate
    app.state.clock = FixedClock()
    app.state.waits = SimpleNamespace()
    install_problem_handlers(app)
    if entrance:
        app.add_middleware(Entrance, open_paths=["/anybody"], body_bytes_max=1_000)
    return app


@pytest.fixture(params=[True, False], ids=["behind the entrance", "alone"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(application(entrance=request.param))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test", headers=TOKEN) as client:
        yield client


async def test_an_endpoint_gets_its_values_and_what_the_gate_gave(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/notes/7", json={"text": "你好"})

    assert answer.json() == {"number": 7, "text": "你好", "by": "agent-1"}


async def test_an_endpoint_that_wants_the_request_gets_it_too(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/requests", json={"text": "hello"})

    assert answer.json() == {"by": "agent-1", "path": "/requests", "body": '{"text":"hello"}'}


async def test_other_dependencies_are_left_to_fastapi(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/lengths", params={"text": "four"})).json() == 4
    assert (await client.get("/lengths")).status_code == 422


async def test_a_gate_is_asked_once(client: httpx2.AsyncClient) -> None:
    before = GATE.asked
    await client.post("/notes/7", json={"text": "hello"})

    assert GATE.asked == before + 1


async def test_a_gate_decides_before_the_body_is_looked_at(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/leads")).json()["code"] == "FORBIDDEN"
    assert (await client.post("/notes/x", json={})).json()["code"] == "INVALID_REQUEST"


async def test_a_route_without_a_gate_is_as_fastapi_has_it(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/anybody")).json() == "hello"


def test_gated_routes_are_described_as_any_other() -> None:
    described = application().openapi()

    assert described == application(APIRoute).openapi()
    assert described["paths"]["/notes/{number}"]["post"]["security"] == [{"HTTPBearer": []}]
