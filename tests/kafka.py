"""A real Kafka for every test that asks for one: a throw-away broker per process, topics of its own per test."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from shared_events.clock import SystemClock
from shared_events.ids import IdSource
from shared_events.log.administration import administration
from shared_events.log.cluster import Cluster
from shared_events.log.topics import Copies, apply

LAUNCHER: Final = Path(__file__).parents[1] / "deploy" / "kafka" / "launch.py"
UNOBTAINABLE: Final = 3
ONE_COPY: Final = Copies(replication_factor=1, min_insync_replicas=1)


@dataclass(frozen=True)
class Brokers:
    """What `deploy/kafka/launch.py` started."""

    process: "subprocess.Popen[str]"
    document: Mapping[str, Any]
    """Its line of JSON: bootstrap_servers, nodes with id, pid and address, and sasl."""

    @property
    def bootstrap_servers(self) -> str:
        return str(self.document["bootstrap_servers"])

    def say(self, line: str) -> dict[str, Any]:
        """`kill 2` or `start 2`, and the answer: id, pid and address of the node."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer
        return answer


@contextmanager
def launched(*options: str) -> Iterator[Brokers]:
    """Brokers of one's own, with the launcher's options; skips where none can be had, and fails there under CI."""
    # It ends with its standard input, so also if this process is killed.
    process = subprocess.Popen(
        [sys.executable, str(LAUNCHER), "--until-stdin-closes", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            _give_up(process)
        yield Brokers(process, json.loads(line))
    finally:
        process.communicate()


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """The address of a broker, for `bootstrap_servers`; that of `KAFKA_BOOTSTRAP_SERVERS` where it is set."""
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")  # noqa: TID251 - where an existing cluster may be used is said
    if given:
        yield given
        return
    with launched() as brokers:
        yield brokers.bootstrap_servers


@pytest.fixture
def empty_cluster(kafka: str) -> Cluster:
    """A prefix that nobody else has, without topics."""
    return Cluster(bootstrap_servers=kafka, prefix=f"test-{secrets.token_hex(6)}")


@pytest.fixture
async def cluster(empty_cluster: Cluster) -> AsyncIterator[Cluster]:
    """A prefix that nobody else has, with the topics as they have to be; they are deleted afterwards."""
    await apply(empty_cluster, ONE_COPY, IdSource(SystemClock()).new())
    yield empty_cluster
    async with administration(empty_cluster) as admin:
        await admin.delete([empty_cluster.events_topic, empty_cluster.control_topic])


def _give_up(process: "subprocess.Popen[str]") -> None:
    _, said = process.communicate()
    if process.returncode != UNOBTAINABLE or os.environ.get("CI"):  # noqa: TID251 - asks whether it may be passed over
        pytest.fail(f"This test needs Kafka: {said}")
    pytest.skip(f"This test needs Kafka: {said}")
