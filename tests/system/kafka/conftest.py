"""A broker behind a network that can be made bad, and a database behind another one."""

import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest

from shared_events.clock import SystemClock
from shared_events.ids import IdSource
from shared_events.log.cluster import Cluster
from shared_events.log.topics import apply
from tests.kafka import ONE_COPY, Brokers, launched
from tests.system.kafka.proxy import Proxy, to_port, to_socket


@dataclass(frozen=True, slots=True)
class Far:
    """What lies behind a network."""

    proxy: Proxy
    brokers: Brokers
    cluster: Cluster
    """As it is reached through the network."""


@dataclass(frozen=True, slots=True)
class FarDatabase:
    """As above."""

    proxy: Proxy
    dsn: str


@pytest.fixture(scope="session")
def told_port() -> int:
    """Where the broker says that it is."""
    for port in secrets.SystemRandom().sample(range(15_000, 32_000), 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError("a hundred ports are all in use")


@pytest.fixture(scope="session")
def far_brokers(told_port: int) -> Iterator[Brokers]:
    """A broker that nobody else needs, so that it can be killed."""
    with launched("--advertise", str(told_port)) as brokers:
        yield brokers


@pytest.fixture
async def far(far_brokers: Brokers, told_port: int) -> AsyncIterator[Far]:
    """The broker behind a network, with topics of this test's own."""
    proxy = Proxy(to_port(int(far_brokers.bootstrap_servers.rpartition(":")[2])))
    async with proxy.listening(told_port):
        cluster = Cluster(bootstrap_servers=f"127.0.0.1:{told_port}", prefix=f"test-{secrets.token_hex(6)}")
        await apply(cluster, ONE_COPY, IdSource(SystemClock()).new())
        yield Far(proxy, far_brokers, cluster)


@pytest.fixture
async def far_database(database: str) -> AsyncIterator[FarDatabase]:
    """The database behind a network."""
    address = urlsplit(database)
    place = parse_qs(address.query)
    proxy = Proxy(to_socket(f"{place['host'][0]}/.s.PGSQL.{place['port'][0]}"))
    async with proxy.listening() as port:
        yield FarDatabase(proxy, f"postgresql://{address.username}:{address.password}@127.0.0.1:{port}{address.path}")
