"""Applications as processes of their own: `python -m benchmarks.served WHAT PORT DSN [KAFKA PREFIX]`."""

import asyncio
import base64
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import uvicorn
import uvloop
from fastapi import FastAPI
from pydantic import SecretStr

from benchmarks import peers
from benchmarks.setting import CONNECTIONS_MAX, MASTER_KEY
from services.app import serve
from services.logs import configure_logs
from services.settings import LogLevel, Settings
from shared_events.log.cluster import Cluster

ROOT: Final = Path(__file__).parents[1]
START_SECONDS_MAX: Final = 60

OURS: Final[Mapping[str, tuple[tuple[str, ...], bool]]] = {
    "all": ((), True),
    "intake": (("intake",), False),
    "ledger": (("ledger",), False),
}
"""The services, none for all; and whether relays and consumers work too."""

PEERS: Final[Mapping[str, Callable[[str], FastAPI]]] = {
    "echo": peers.echo,
    "one_select": peers.one_select,
    "storeless": peers.storeless,
}


@dataclass(frozen=True, slots=True)
class Served:
    """A running one."""

    port: int
    pid: int


@asynccontextmanager
async def served(what: str, dsn: str, cluster: Cluster | None = None) -> AsyncIterator[Served]:
    """Until the block ends. What it logs is thrown away, but it does log as in earnest."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.served", what, str(port), dsn]
    if cluster is not None:
        command += [cluster.bootstrap_servers, cluster.prefix]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stderr=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(START_SECONDS_MAX):
            await _answering(process, port)
        yield Served(port, process.pid)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _answering(process: asyncio.subprocess.Process, port: int) -> None:
    while process.returncode is None:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.02)
    raise RuntimeError(f"expected an application on port {port}, found that it ended with {process.returncode}")


def _coroutine(what: str, port: int, dsn: str, kafka: Sequence[str]) -> Coroutine[Any, Any, None]:
    if what in PEERS:
        config = uvicorn.Config(PEERS[what](dsn), port=port, log_config=None, access_log=False, server_header=False)
        return uvicorn.Server(config).serve()
    services, work = OURS[what]
    configure_logs(LogLevel.INFO)
    settings = Settings(
        port=port,
        database_url=SecretStr(dsn),
        master_key=SecretStr(base64.b64encode(MASTER_KEY).decode()),
        database_connections_max=CONNECTIONS_MAX,
        kafka_bootstrap_servers=kafka[0] if kafka else None,
        kafka_prefix=kafka[1] if kafka else "consultation",
    )
    return serve(settings, services, work=work)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_coroutine(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]))
