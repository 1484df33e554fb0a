"""A served system as a process of its own, and clients that go on until each of their commands is acknowledged."""

import asyncio
import base64
import os
import signal
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2

from services.access import Tokens
from services.database import connect_pool
from services.settings import Settings
from shared_events.clock import SystemClock
from shared_events.http import Role
from tests.system.serving import MASTER_KEY

LAUNCHER: Final = Path(__file__).with_name("launcher.py")
ROOT: Final = Path(__file__).parents[3]
START_SECONDS_MAX: Final = 60.0
AWAY: Final = (httpx2.TransportError, OSError)


@dataclass(slots=True)
class Victim:
    """Started, killed and started again on the same database and port."""

    dsn: str
    port: int
    token: str
    _process: asyncio.subprocess.Process | None = None

    @property
    def http(self) -> httpx2.AsyncClient:
        """A new client; connections do not outlive a process."""
        return httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}", headers={"Authorization": f"Bearer {self.token}"}, timeout=10
        )

    async def start(self, point: str = "never", count: int = 0) -> None:
        """Until it answers, or has died on the way."""
        environment = {
            **os.environ,  # noqa: TID251 - the child needs the machine's, as any process does
            "PYTHONPATH": str(ROOT),
            "ZIXUN_DATABASE_URL": self.dsn,
            "ZIXUN_MASTER_KEY": base64.b64encode(MASTER_KEY).decode(),
            "ZIXUN_PORT": str(self.port),
            "ZIXUN_DATABASE_CONNECTIONS_MAX": "8",
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(LAUNCHER), point, str(count), env=environment, stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(START_SECONDS_MAX):
            while self.is_alive() and not await self._answers():  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(0.02)

    def is_alive(self) -> bool:
        """Whether it has not died yet."""
        return self._process is not None and self._process.returncode is None

    async def died(self, seconds_max: float) -> bool:
        """Wait until it has killed itself."""
        assert self._process is not None, "it was started"
        try:
            await asyncio.wait_for(self._process.wait(), seconds_max)
        except TimeoutError:
            return False
        return True

    async def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """And wait until it is gone."""
        if self._process is not None and self.is_alive():
            self._process.send_signal(how)
            await self._process.wait()

    async def _answers(self) -> bool:
        try:
            async with self.http as http:
                return (await http.get("/readyz")).status_code == 204
        except AWAY:
            return False


@dataclass(slots=True)
class Load:
    """Consultations that go from the call to the claim; every acknowledgement is written down."""

    victim: Victim
    acknowledged: list[tuple[str, str, str]] = field(default_factory=list)
    """(ticket id, service, event type)."""
    attempts: int = 0

    async def consult(self, name: str) -> None:
        """One consultation, each request repeated with its key until it is answered."""
        received = await self._post(
            "/v1/consultations", f"{name} receive", {"channel": "web", "content": f"问题 {name}"}
        )
        ticket = received.json()["ticket_id"]
        self.acknowledged.append((ticket, "intake", "ConsultationReceived"))
        kind = {"category": "technical_support", "request_kind": "in_contract_service"}
        body = {**kind, "complexity": "complex", "urgency": "normal"}
        classified = await self._post(f"/v1/consultations/{ticket}/classification", f"{name} classify", body)
        self.acknowledged.append((ticket, "intake", "ConsultationClassified"))
        seen = classified.headers["Zixun-Position"]
        await self._post(f"/v1/tickets/{ticket}/assignment", f"{name} claim", {}, seen)
        self.acknowledged.append((ticket, "routing", "TicketAssigned"))

    async def _post(self, path: str, key: str, body: dict[str, Any], position: str | None = None) -> httpx2.Response:
        headers = {"Idempotency-Key": key.replace(" ", "-")}
        if position is not None:
            headers["Zixun-Position"] = position
        while True:
            self.attempts += 1
            try:
                async with self.victim.http as http:
                    response = await http.post(path, json=body, headers=headers)
                if response.status_code != 503:
                    assert response.status_code in {200, 201}, response.text
                    return response
            except AWAY:
                pass
            await asyncio.sleep(0.05)


async def make_victim(dsn: str) -> Victim:
    """On a migrated database, with a token; not started yet."""
    async with await connect_pool(dsn, Settings(database_connections_max=4)) as pool:
        _, token = await Tokens(pool, SystemClock()).create(role=Role.AGENT, name="load")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Victim(dsn, port, token)
