"""`zixun work` can be asked how it fares where it is told a port, and nowhere else."""

import asyncio
import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import httpx2
import pytest

from tests.services.cli.command_line import CommandLine, command_line, end
from tests.services.cli.test_apart import MASTER_KEY, process
from tests.services.stands import until


@pytest.fixture
def zixun() -> Iterator[CommandLine]:
    with command_line() as made:
        yield made


def wait_until_ready(url: str, worker: "subprocess.Popen[str]") -> None:
    async def is_ready() -> bool:
        assert worker.poll() is None, "the worker has ended"
        with suppress(httpx2.TransportError):
            return httpx2.get(f"{url}/readyz").status_code == 204
        return False

    asyncio.run(until(is_ready))


def test_a_worker_with_a_port_answers_its_probes_and_whoever_runs_the_system(zixun: CommandLine, database: str) -> None:
    settings = {"ZIXUN_DATABASE_URL": database, "ZIXUN_MASTER_KEY": MASTER_KEY}
    made = json.loads(zixun("token", "create", "--role", "ops", "--name", "Prometheus", "--json", **settings).out)
    with process(zixun, database, "work", ZIXUN_METRICS_PORT=str(zixun.port)) as worker:
        wait_until_ready(zixun.url, worker)
        assert httpx2.get(f"{zixun.url}/livez").status_code == 204
        assert httpx2.get(f"{zixun.url}/metrics").status_code == 401
        told = httpx2.get(f"{zixun.url}/metrics", headers={"Authorization": f"Bearer {made['token']}"})
        assert httpx2.get(f"{zixun.url}/v1/tickets").status_code == 401
        assert end(worker, signal.SIGTERM) == 0
    assert 'zixun_loop_failing{loop="relay intake"} 0.0' in told.text
    assert 'zixun_partitions_stopped{loop="consumer ledger"} 0.0' in told.text


def test_a_taken_port_is_named_before_anything_is_started(zixun: CommandLine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", zixun.port))
        taken.listen()
        refused = zixun("work", ZIXUN_METRICS_PORT=str(zixun.port))
    assert refused.status == 5
    assert f"Cannot listen on 127.0.0.1:{zixun.port}" in refused.err
    assert "set ZIXUN_METRICS_PORT to another port" in refused.err
    assert not zixun.folder.exists()
