"""A served system as a process of its own, and clients that go on until each of their commands is acknowledged."""

import asyncio
import base64
import itertools
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Literal

import httpx2
import psutil

from services.access import Tokens
from services.database import connect_pool
from services.settings import Settings
from shared_events.clock import SystemClock
from shared_events.http import Role
from shared_events.log.cluster import Cluster
from tests.system.serving import MASTER_KEY

LAUNCHER: Final = Path(__file__).with_name("launcher.py")
ROOT: Final = Path(__file__).parents[3]
START_SECONDS_MAX: Final = 60.0
ANSWER_SECONDS_MAX: Final = 10.0
AWAY: Final = (httpx2.TransportError, OSError)

_STARTED: Final[list[asyncio.subprocess.Process]] = []

Part = Literal["all", "api", "worker"]
"""What a process does of the system's work; a worker answers on its port how it is."""


@dataclass(slots=True)
class Victim:
    """Started, killed, stopped, woken and started again on the same database and port."""

    dsn: str
    port: int
    token: str
    log: Path | None = None
    cluster: Cluster | None = None
    """Where the log is; without it, in the database."""
    part: Part = "all"
    settings: Mapping[str, str] = field(default_factory=dict)
    """What else of the environment is its own."""
    _process: asyncio.subprocess.Process | None = None

    @property
    def http(self) -> httpx2.AsyncClient:
        """A new client; connections do not outlive a process."""
        return httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=ANSWER_SECONDS_MAX,
            verify=False,  # there is no TLS here, and reading the certificates takes longer than a request
        )

    async def start(self, point: str = "never", count: int = 0, how: signal.Signals = signal.SIGKILL) -> None:
        """Until it answers, or has died on the way."""
        environment = {
            **os.environ,  # noqa: TID251 - the child needs the machine's, as any process does
            "PYTHONPATH": str(ROOT),
            "ZIXUN_DATABASE_URL": self.dsn,
            "ZIXUN_MASTER_KEY": base64.b64encode(MASTER_KEY).decode(),
            "ZIXUN_METRICS_PORT" if self.part == "worker" else "ZIXUN_PORT": str(self.port),
            "ZIXUN_DATABASE_CONNECTIONS_MAX": "8",
            "ZIXUN_LOG_LEVEL": "warning",
        }
        if self.cluster is not None:
            environment["ZIXUN_KAFKA_BOOTSTRAP_SERVERS"] = self.cluster.bootstrap_servers
            environment["ZIXUN_KAFKA_PREFIX"] = self.cluster.prefix
        environment |= self.settings
        arguments = [str(LAUNCHER), point, str(count), how.name, self.part]
        with self._open_log() as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, env=environment, stderr=log
            )
        _STARTED.append(self._process)
        async with asyncio.timeout(START_SECONDS_MAX):
            while self.is_alive() and not await self._answers():  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(0.02)

    @property
    def resident_bytes(self) -> int:
        """How much memory it has now."""
        assert self._process is not None, "it was started"
        return int(psutil.Process(self._process.pid).memory_info().rss)

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

    async def stopped(self, seconds_max: float) -> bool:
        """Wait until it stands still, by its own signal or by ours."""
        try:
            async with asyncio.timeout(seconds_max):
                while not self.is_stopped():  # noqa: ASYNC110 - another process does it
                    await asyncio.sleep(0.02)
        except TimeoutError:
            return False
        return True

    def is_stopped(self) -> bool:
        """Whether it stands still now."""
        assert self._process is not None, "it was started"
        return bool(psutil.Process(self._process.pid).status() == psutil.STATUS_STOPPED)

    def send(self, how: signal.Signals) -> None:
        """SIGSTOP, SIGCONT, or SIGUSR1, which arms it."""
        assert self._process is not None, "it was started"
        self._process.send_signal(how)

    async def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """And wait until it is gone."""
        if self._process is not None and self.is_alive():
            self._process.send_signal(how)
            await self._process.wait()

    def _open_log(self) -> IO[bytes]:
        return Path(self.log or os.devnull).open("ab")

    async def _answers(self) -> bool:
        try:
            async with self.http as http:
                return (await http.get("/readyz")).status_code == 204
        except AWAY:
            return False


@contextmanager
def none_left() -> Iterator[None]:
    """A test that fails leaves none of them behind."""
    yield
    for process in _STARTED:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
    _STARTED.clear()


class Load:
    """Consultations that go from the call to the claim; every acknowledgement is written down.

    Who does not answer is asked again, and so is whoever else there is, in turn.
    """

    def __init__(self, *victims: Victim) -> None:
        self.acknowledged: list[tuple[str, str, str]] = []
        """(ticket id, service, event type)."""
        self.attempts = 0
        self.outages = 0
        self._victims = victims

    async def consult(self, name: str) -> str:
        """One consultation, each request repeated with its key until it is answered; the ticket's id."""
        ticket = await self.receive(name)
        seen = await self.classify(name, ticket)
        await self.claim(name, ticket, seen)
        return ticket

    async def consult_until(self, enough: asyncio.Event, name: str) -> None:
        """One consultation after the other: what is asked at the same time may be worked on in a single batch."""
        for number in itertools.count():
            await self.consult(f"{name}-{number}")
            if enough.is_set():
                return

    async def receive(self, name: str) -> str:
        """The id of the new ticket."""
        body = {"channel": "web", "content": f"问题 {name}"}
        received = await self._post("/v1/consultations", f"{name} receive", body)
        ticket: str = received.json()["ticket_id"]
        self.acknowledged.append((ticket, "intake", "ConsultationReceived"))
        return ticket

    async def classify(self, name: str, ticket: str) -> str:
        """The position of the classification, to which routing reacts."""
        kind = {"category": "technical_support", "request_kind": "in_contract_service"}
        body = {**kind, "complexity": "complex", "urgency": "normal"}
        classified = await self._post(f"/v1/consultations/{ticket}/classification", f"{name} classify", body)
        self.acknowledged.append((ticket, "intake", "ConsultationClassified"))
        position: str = classified.headers["Zixun-Position"]
        return position

    async def claim(self, name: str, ticket: str, seen: str) -> None:
        """The agent takes it."""
        await self._post(f"/v1/tickets/{ticket}/assignment", f"{name} claim", {}, seen)
        self.acknowledged.append((ticket, "routing", "TicketAssigned"))

    async def _post(self, path: str, key: str, body: dict[str, Any], position: str | None = None) -> httpx2.Response:
        headers = {"Idempotency-Key": key.replace(" ", "-")}
        if position is not None:
            headers["Zixun-Position"] = position
        while True:
            victim = self._victims[self.attempts % len(self._victims)]
            self.attempts += 1
            try:
                async with victim.http as http:
                    response = await http.post(path, json=body, headers=headers)
            except AWAY:
                await asyncio.sleep(0.05)
                continue
            if response.status_code != 503:
                assert response.status_code in {200, 201}, response.text
                return response
            assert response.headers["Retry-After"] == "1", response.text
            self.outages += 1
            await asyncio.sleep(0.05)


async def make_victim(
    dsn: str, log: Path | None = None, *, cluster: Cluster | None = None, part: Part = "all"
) -> Victim:
    """On a migrated database, with a token; not started yet."""
    async with await connect_pool(dsn, Settings(database_connections_max=4)) as pool:
        _, token = await Tokens(pool, SystemClock()).create(role=Role.AGENT, name="load")
    return make_second(Victim(dsn, 0, token, cluster=cluster), log, part=part)


def make_second(first: Victim, log: Path | None = None, *, part: Part = "all") -> Victim:
    """Another process on the same database, that knows the same agent."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Victim(first.dsn, port, first.token, log, first.cluster, part)
