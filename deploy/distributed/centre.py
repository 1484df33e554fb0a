"""Everything that runs apart: database, Kafka, one process per service, workers, and the gateway in front of them."""

import asyncio
import itertools
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from deploy.distributed.parts import Part, PartEnded, start
from services.database import own_database
from services.gateway import nginx_configuration, route_table
from services.master_key import find_or_make_master_key
from services.settings import Settings
from services.wiring import SERVICES
from shared_events.clock import SystemClock

HOST: Final = "127.0.0.1"
PORT_MAX: Final = 65535
WORKERS: Final = 2
KAFKA_LAUNCHER: Final = Path(__file__).parents[1] / "kafka" / "launch.py"
ZIXUN: Final = (sys.executable, "-c", "from services.cli import main; main()")
CONNECTIONS_MAX: Final = 8
"""Of each process: all together have to be fewer than the embedded database takes."""

NGINX: Final = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/zixun.conf;
}}
"""


class LogEngine(StrEnum):
    """What keeps the log."""

    KAFKA = "kafka"
    POSTGRES = "postgres"


@dataclass(slots=True)
class Centre:
    """What runs, and where."""

    address: str
    gateway: str
    """What kind of gateway it is."""
    log: str
    services: Mapping[str, str]
    parts: list[Part] = field(default_factory=list)

    async def until_one_ends(self) -> str:
        """Wait until some part ends by itself, and tell which and why."""
        endings = [asyncio.create_task(part.ended()) for part in self.parts]
        try:
            done, _ = await asyncio.wait(endings, return_when=asyncio.FIRST_COMPLETED)
            return done.pop().result()
        finally:
            for ending in endings:
                ending.cancel()


@dataclass(frozen=True, slots=True)
class _Launch:
    """Where parts are started, and what ends them again, the last first."""

    stack: AsyncExitStack
    settings: Settings
    environment: dict[str, str]
    parts: list[Part]

    def group(self) -> list[Part]:
        """A list for parts that are ended at the same time, once what was started later has ended."""
        parts: list[Part] = []
        self.stack.push_async_callback(_stop, parts)
        return parts

    async def part(self, group: list[Part], name: str, command: Sequence[str], **others: Any) -> Part:
        """Start one that stays until the whole ends."""
        started = await start(name, command, self.environment | others.pop("extra", {}), **others)
        group.append(started)
        self.parts.append(started)
        return started

    async def verb(self, *words: str) -> None:
        """Run one that ends, to its good end."""
        started = await start(f"zixun {words[0]}", [*ZIXUN, *words], self.environment)
        try:
            await started.finished()
        finally:
            await started.stop()


@asynccontextmanager
async def running(
    settings: Settings, environment: Mapping[str, str], engine: LogEngine, copies: int | None = None
) -> AsyncIterator[Centre]:
    """Everything started and serving, in the order in which one needs the other; all of it ended on the way out."""
    async with AsyncExitStack() as stack:
        find_or_make_master_key(settings)
        dsn = await stack.enter_async_context(own_database(settings, SystemClock()))
        given = {"ZIXUN_DATABASE_CONNECTIONS_MAX": str(CONNECTIONS_MAX), **environment}
        ours = {"ZIXUN_DATABASE_URL": dsn, "ZIXUN_DATA": str(settings.data.resolve()), "ZIXUN_HOST": HOST}
        launch = _Launch(stack, settings, given | ours, [])
        log = await _log(launch, engine, copies)
        services = await _services(launch)
        gateway = await _gateway(launch, services)
        yield Centre(f"http://{settings.host}:{settings.port}", gateway, log, services, launch.parts)


def free_ports(first: int, count: int) -> list[int]:
    """The next ones from `first` on. Not any: a port that systems give to outgoing connections is taken again soon."""
    free = (port for port in range(first, PORT_MAX + 1) if _is_free(port))
    return list(itertools.islice(free, count))


async def _log(launch: _Launch, engine: LogEngine, copies: int | None) -> str:
    """Where the log is, for people."""
    if engine is LogEngine.KAFKA:
        return f"Kafka on {await _kafka(launch, copies)}"
    launch.environment.pop("ZIXUN_KAFKA_BOOTSTRAP_SERVERS", None)
    return "PostgreSQL"


async def _kafka(launch: _Launch, copies: int | None) -> str:
    """Where the cluster is, with its topics as they have to be."""
    address = launch.environment.get("ZIXUN_KAFKA_BOOTSTRAP_SERVERS") or launch.environment.get(
        "KAFKA_BOOTSTRAP_SERVERS"
    )
    if not address:
        folder = str(launch.settings.data.resolve() / "kafka")
        words = [sys.executable, str(KAFKA_LAUNCHER), "--until-stdin-closes", "--folder", folder]
        announced = await (await launch.part(launch.group(), "kafka", words, keeps_pipe=True)).ready()
        address, copies = str(announced["bootstrap_servers"]), copies or 1
    launch.environment["ZIXUN_KAFKA_BOOTSTRAP_SERVERS"] = address
    number = (
        [] if copies is None else ["--replication-factor", str(copies), "--min-insync-replicas", str(min(copies, 2))]
    )
    await launch.verb("topics", "apply", *number)
    return address


async def _services(launch: _Launch) -> dict[str, str]:
    """One process per API and the workers, ready; the `host:port` of each API."""
    group = launch.group()
    ports = free_ports(launch.settings.port + 1, len(SERVICES))
    addresses = {name: f"{HOST}:{port}" for name, port in zip(SERVICES, ports, strict=True)}
    for name, address in addresses.items():
        words = [*ZIXUN, "run", "--only", name, "--no-work", "--json"]
        await launch.part(group, name, words, extra={"ZIXUN_PORT": address.rpartition(":")[2]})
    serving = tuple(group)
    for number in range(1, WORKERS + 1):
        await launch.part(group, f"worker {number}", [*ZIXUN, "work"])
    # As soon as one ends, even if another one is still starting. Workers have nothing to announce.
    await asyncio.gather(*(part.ready() for part in serving))
    return addresses


async def _gateway(launch: _Launch, services: Mapping[str, str]) -> str:
    """Started and answering; what kind it is."""
    nginx = shutil.which("nginx")
    command = _proxy(launch, services) if nginx is None else await _nginx(nginx, launch, services)
    part = await launch.part(launch.group(), "gateway", command)
    await _first(_answering(launch.settings.host, launch.settings.port), part)
    return "a small proxy, since nginx is not installed" if nginx is None else "nginx"


def _proxy(launch: _Launch, services: Mapping[str, str]) -> list[str]:
    upstreams = [f"{name}={address}" for name, address in services.items()]
    where = [launch.settings.host, str(launch.settings.port)]
    return [sys.executable, "-m", "deploy.distributed.proxy", *where, *upstreams]


async def _nginx(program: str, launch: _Launch, services: Mapping[str, str]) -> list[str]:
    folder = Path(launch.stack.enter_context(tempfile.TemporaryDirectory(prefix="zixun-nginx-")))
    listen = f"{launch.settings.host}:{launch.settings.port}"
    size = launch.settings.body_bytes_max
    made = nginx_configuration(await route_table(), services, listen=listen, body_bytes_max=size)
    (folder / "zixun.conf").write_text(made, encoding="utf-8")
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder), encoding="utf-8")
    return [program, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


async def _stop(parts: Sequence[Part]) -> None:
    await asyncio.gather(*(part.stop() for part in parts))


async def _first(wanted: Awaitable[None], part: Part) -> None:
    """Wait for something that `part` brings about. PartEnded if it ends instead."""
    waiting, ending = asyncio.ensure_future(wanted), asyncio.create_task(part.ended())
    try:
        await asyncio.wait({waiting, ending}, return_when=asyncio.FIRST_COMPLETED)
        if ending.done():
            raise PartEnded(ending.result())
    finally:
        waiting.cancel()
        ending.cancel()


async def _answering(host: str, port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
