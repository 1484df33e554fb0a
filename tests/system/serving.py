"""The whole system, served over HTTP with its relays and consumers at work: what the system tests talk to."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from fastapi import FastAPI

from services.app import create_app
from services.database import connect_pool
from services.settings import Settings
from services.wiring import CONSUMERS, SOURCES, Zixun, assemble
from services.worker import working
from shared_events.clock import SystemClock
from shared_events.contracts.envelope import Position
from shared_events.http import Role
from shared_events.log.cluster import Cluster

MASTER_KEY: Final = bytes(range(32))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a token."""

    id: str
    token: str

    @property
    def header(self) -> dict[str, str]:
        """How they show who they are."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True, slots=True)
class Centre:
    """A consultation centre with one person of each role.

    A test waits for what it needs with `Zixun_Position=…`, or, where no position can be known, with `settled`.
    """

    zixun: Zixun
    app: FastAPI
    http: httpx2.AsyncClient
    people: Mapping[Role, Person]

    async def get(self, path: str, role: Role = Role.AGENT, **headers: str) -> httpx2.Response:
        """Headers are written with underscores: `If_None_Match="…"`."""
        return await self._send("GET", path, role, headers)

    async def post(
        self, path: str, body: Mapping[str, Any] | None = None, role: Role = Role.AGENT, **headers: str
    ) -> httpx2.Response:
        """As `get`, with a body."""
        return await self._send("POST", path, role, headers, json=dict(body or {}))

    async def delete(
        self, path: str, body: Mapping[str, Any] | None = None, role: Role = Role.AGENT, **headers: str
    ) -> httpx2.Response:
        """As `get`; a body is sent where there is one."""
        return await self._send("DELETE", path, role, headers, json=None if body is None else dict(body))

    async def hire(self, role: Role) -> Person:
        """A further person of this role."""
        token, text = await self.zixun.tokens.create(role=role, name=role)
        return Person(token.principal_id, text)

    async def settled(self) -> None:
        """Until every consumer has taken in all events, those that reactions added to them too."""
        before: list[Position] | None = None
        while (positions := await self._ends()) != before:
            for consumer in CONSUMERS:
                assert await self.zixun.progress.consumed(consumer, positions), f"{consumer} does not catch up"
            before = positions

    async def _send(
        self, method: str, path: str, role: Role, headers: Mapping[str, str], *, json: Any = None
    ) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, path, headers=self.people[role].header | named, json=json)

    async def _ends(self) -> list[Position]:
        return [
            Position(source, partition, sequence)
            for source in SOURCES
            for partition, sequence in (await self.zixun.stores[source].heads()).items()
            if sequence
        ]


@asynccontextmanager
async def serving(
    database: str, change: Callable[[Zixun], None] | None = None, *, cluster: Cluster | None = None
) -> AsyncIterator[Centre]:
    """A centre on a migrated database, at work until the block ends; `change` may break it before it begins."""
    settings = Settings(database_connections_max=8)
    async with await connect_pool(database, settings) as pool:
        zixun = await assemble(pool, MASTER_KEY, SystemClock(), cluster)
        if change is not None:
            change(zixun)
        app = create_app(zixun, settings)
        transport = httpx2.ASGITransport(app=app)
        async with working(zixun), httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
            people: dict[Role, Person] = {}
            centre = Centre(zixun, app, http, people)
            for role in Role:
                people[role] = await centre.hire(role)
            yield centre
