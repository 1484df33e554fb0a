"""The brokers of one development cluster: what stays the same over restarts, their ports, start and end."""

import itertools
import json
import secrets
import signal
import socket
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nodes import HOST, Credentials, Node, NodeFailed, settings

ATTEMPTS_MAX: Final = 5
# Below the ports that systems give to outgoing connections, where a client that tries a dead broker again and again
# would one day get the broker's own port, and talk to itself.
PORTS: Final = range(15_000, 32_000)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for."""

    nodes: int
    folder: Path
    is_scratch: bool
    port: int | None
    advertised_port: int | None
    """Where something stands between the first broker and its clients; the next brokers have the next ports."""
    sasl: bool
    properties: Mapping[str, str]


class Refused(Exception):
    """What was asked for cannot be; the message says why."""


@contextmanager
def running_cluster(wish: Wish, libraries: Path) -> Iterator[tuple[list[Node], Credentials | None]]:
    """Started and serving; ended on the way out."""
    made = _identity(wish)
    credentials = Credentials("zixun", made["password"]) if wish.sasl else None
    nodes: list[Node] = []
    try:
        for attempt in range(ATTEMPTS_MAX):
            nodes = _nodes(wish)
            try:
                _prepare(nodes, wish)
                _start_all(nodes, libraries, made["cluster_id"], credentials)
                break
            except NodeFailed as failed:
                _stop_all(nodes)
                if "Address already in use" not in str(failed) or attempt + 1 == ATTEMPTS_MAX:
                    raise
        yield nodes, credentials
    finally:
        # Whoever is impatient now would leave brokers behind.
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        _stop_all(nodes)


def _identity(wish: Wish) -> dict[str, Any]:
    """What the cluster is from its first start on, and a later start cannot change."""
    path = wish.folder / "cluster.json"
    wanted = {"nodes": wish.nodes, "sasl": wish.sasl}
    if not path.exists():
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        made = {**wanted, "cluster_id": _cluster_id(), "password": secrets.token_urlsafe(18)}
        unfinished.write_text(json.dumps(made))
        unfinished.rename(path)
    found: dict[str, Any] = json.loads(path.read_text())
    there = {name: found[name] for name in wanted}
    if there != wanted:
        raise Refused(f"{wish.folder}: expected a cluster with {wanted}, found one that was made with {there}.")
    return found


def _cluster_id() -> str:
    """A UUID as Kafka writes it; one that began with a dash would be taken for an option."""
    while (text := urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")).startswith("-"):
        pass
    return text


def _nodes(wish: Wish) -> list[Node]:
    names = ("CLIENTS", "BROKERS", "CONTROLLER")
    chosen = [] if wish.port is None else [_checked(wish.port + index) for index in range(wish.nodes)]
    free = _free_ports(wish.nodes * len(names), chosen)
    nodes = []
    for index in range(wish.nodes):
        ports = {name: free.pop() for name in names}
        if chosen:
            ports["CLIENTS"] = chosen[index]
        folder, throw_away = wish.folder / f"node-{index + 1}", wish.folder if wish.is_scratch else None
        advertised = ports["CLIENTS"] if wish.advertised_port is None else wish.advertised_port + index
        made = Node(node_id=index + 1, folder=folder, ports=ports, advertised_port=advertised, throw_away=throw_away)
        nodes.append(made)
    return nodes


def _free_ports(count: int, chosen: Sequence[int]) -> list[int]:
    candidates = secrets.SystemRandom().sample(PORTS, len(PORTS))
    free = (port for port in candidates if port not in chosen and _is_free(port))
    return list(itertools.islice(free, count))


def _checked(port: int) -> int:
    if not _is_free(port):
        raise Refused(f"Port {port}: expected it to be free, found it in use.")
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java does, so that a port just left is free
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _prepare(nodes: Sequence[Node], wish: Wish) -> None:
    for node in nodes:
        node.configure({**settings(node, nodes, sasl=wish.sasl), **wish.properties})


def _start_all(nodes: Sequence[Node], libraries: Path, cluster_id: str, credentials: Credentials | None) -> None:
    for node in nodes:
        node.format(libraries, cluster_id, credentials)
    for node in nodes:
        node.start(libraries)
    for node in nodes:
        node.wait_until_ready()


def _stop_all(nodes: Sequence[Node]) -> None:
    for node in nodes:
        node.ask_to_stop()
    for node in nodes:
        node.stop()
