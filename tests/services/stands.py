"""A system on a database that does nothing by itself: what it relays and takes in is up to the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
from fastapi import FastAPI

from services.app import create_app
from services.database import connect_pool
from services.observability.traces import UNTRACED, Traces
from services.settings import Settings
from services.wiring import Zixun, assemble
from shared_events.clock import SystemClock
from shared_events.http import Role
from shared_events.log.cluster import Cluster
from tests.system.serving import MASTER_KEY

WAIT_SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Stand:
    """The system, and clients of its apps."""

    zixun: Zixun
    settings: Settings

    async def token(self, role: Role) -> dict[str, str]:
        """The header of somebody with this role."""
        _, text = await self.zixun.tokens.create(role=role, name=role)
        return {"Authorization": f"Bearer {text}"}

    async def receive(self, count: int = 1) -> None:
        """Consultations, stored and not yet relayed."""
        header = await self.token(Role.AGENT)
        async with client(create_app(self.zixun, self.settings)) as http:
            for _ in range(count):
                answer = await http.post(
                    "/v1/consultations", json={"channel": "telephone", "content": "网关断线"}, headers=header
                )
                assert answer.status_code == 201, answer.text

    async def relay(self) -> None:
        """Everything that is stored."""
        for each in self.zixun.relays:
            while await each.turn():
                pass

    async def take_in(self, consumer: str) -> None:
        """Everything that is in the log."""
        (runner,) = (each for each in self.zixun.runners if each.name == consumer)
        while await runner.turn():
            pass


def client(app: FastAPI) -> httpx2.AsyncClient:
    """Of an app in this process."""
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1:8000")


@asynccontextmanager
async def standing_still(
    database: str, cluster: Cluster | None = None, traces: Traces = UNTRACED
) -> AsyncIterator[Stand]:
    """On a migrated database, with the log in PostgreSQL if no cluster is named."""
    settings = Settings(database_connections_max=8)
    async with await connect_pool(database, settings) as pool:
        zixun = await assemble(pool, MASTER_KEY, SystemClock(), cluster, traces=traces)
        yield Stand(zixun, settings)
        await zixun.presence.leave()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for it, for a bounded time."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while not await condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.02)
