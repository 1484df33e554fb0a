"""The ledger as it runs: given events in the log, it takes them in and answers over HTTP."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import httpx2

from services.app import create_app
from services.database import connect_pool
from services.settings import Settings
from services.wiring import Zixun, assemble
from shared_events.contracts.base import Fact, Origin
from shared_events.contracts.envelope import Recorded
from shared_events.http import Role
from shared_events.keys import seal
from tests.ledger_svc.history import CUSTOMER, NOON, TICKET, History

MASTER_KEY: Final = bytes(range(32))


class TickingClock:
    """Stands at noon; whoever measures a span sees a second go by at every look."""

    def __init__(self) -> None:
        self._looks = 0

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        self._looks += 1
        return float(self._looks)


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger and somebody of each role who asks it."""

    zixun: Zixun
    http: httpx2.AsyncClient
    seal: Callable[[Fact, UUID], bytes]
    histories: dict[Origin, History] = field(default_factory=dict)

    async def given(self, *events: Fact, ticket: str = TICKET, origin: Origin = Origin.LIVE) -> None:
        """These events happened to a ticket, and the ledger has taken them in."""
        history = self.histories.setdefault(origin, History(origin, body=self.seal))
        await self.publish(history.of(*events, ticket=ticket))
        await self.take_in()

    async def publish(self, recordings: list[Recorded[Any]]) -> None:
        """Put events into the log."""
        for source, published in groupby(recordings, key=lambda recorded: recorded.stored.source):
            await self.zixun.log.publish(source, [recorded.stored for recorded in published])

    async def take_in(self) -> None:
        """Run the ledger until it has read the log."""
        runner = next(runner for runner in self.zixun.runners if runner.name == "ledger")
        while await runner.turn():
            pass
        assert runner.stopped == {}

    async def get(self, path: str, role: Role = Role.AGENT, **headers: str) -> httpx2.Response:
        """Ask as somebody of this role; headers are written with underscores: `If_None_Match="…"`."""
        _, token = await self.zixun.tokens.create(role=role, name="test")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(path, headers={"Authorization": f"Bearer {token}"} | named)


@asynccontextmanager
async def ledger(database: str) -> AsyncIterator[Ledger]:
    """A ledger on a migrated database."""
    settings = Settings(database_connections_max=4)
    async with await connect_pool(database, settings) as pool:
        zixun = await assemble(pool, MASTER_KEY, TickingClock(), None)
        key = await zixun.ring.of_person(CUSTOMER)
        transport = httpx2.ASGITransport(app=create_app(zixun, settings, ["ledger"]))
        async with httpx2.AsyncClient(transport=transport, base_url="http://zixun.example") as http:
            yield Ledger(zixun, http, lambda event, event_id: seal(event, event_id, key))
        await zixun.presence.leave()
