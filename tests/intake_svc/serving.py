"""One service, served over HTTP on a real database: what the API's tests talk to."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx2
from fastapi import APIRouter, FastAPI

from services.access import Tokens
from services.database import connect_pool
from services.settings import Settings
from shared_events.decider import Decider
from shared_events.http import Role, install_problem_handlers
from shared_events.ids import IdSource
from shared_events.keys import KeyRing
from shared_events.runtime.checkpoints import Checkpoints
from shared_events.runtime.commands import Aggregate
from shared_events.runtime.progress import Progress
from shared_events.store.postgres import EventStore
from tests.intake_svc.examples import NOON

MASTER_KEY = bytes(range(32))


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


@dataclass(frozen=True, slots=True)
class Ground:
    """What a service stands on."""

    dsn: str
    pool: asyncpg.Pool
    clock: HandClock
    ids: IdSource
    tokens: Tokens

    def aggregate(self, source: str, decider: Decider[Any, Any, Any]) -> Aggregate[Any, Any, Any]:
        """The decider, bound to the store of its source."""
        store = EventStore(source, self.pool, self.clock)
        return Aggregate(decider, store, KeyRing(self.pool, MASTER_KEY, self.clock), self.ids)

    @asynccontextmanager
    async def serve(self, router: APIRouter) -> AsyncIterator["Client"]:
        """Serve these routes; the client is an agent."""
        app = FastAPI()
        app.state.authenticate = self.tokens.authenticate
        app.state.waits = Progress({"feedback": Checkpoints(self.pool, "feedback", "feedback")}, self.clock)
        app.state.clock = self.clock
        app.include_router(router)
        install_problem_handlers(app)
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://zixun.example") as http:
            yield Client(http, app, self.tokens)


@dataclass(frozen=True, slots=True)
class Client:
    """Posts JSON as somebody of a role."""

    http: httpx2.AsyncClient
    app: FastAPI
    tokens: Tokens

    async def post(
        self, path: str, body: Mapping[str, Any], role: Role = Role.AGENT, **headers: str
    ) -> httpx2.Response:
        """Headers are written with underscores: `If_Match="…"`."""
        _, token = await self.tokens.create(role=role, name="test")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(path, json=dict(body), headers={"Authorization": f"Bearer {token}"} | named)


@asynccontextmanager
async def ground(database: str) -> AsyncIterator[Ground]:
    """On a migrated database."""
    async with await connect_pool(database, Settings(database_connections_max=4)) as pool:
        clock = HandClock()
        yield Ground(database, pool, clock, IdSource(clock), Tokens(pool, clock))
