"""Starts Kafka for development and tests, from jars and without Docker, and ends it again."""

import argparse
import fcntl
import json
import os
import queue
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from cluster import Refused, Wish, running_cluster
from jars import Unobtainable, jars, say
from nodes import MECHANISM, Credentials, Node, NodeFailed

MANUAL: Final = """
Starts one broker or three on this machine, in KRaft mode. When they serve, it prints one line of JSON: the addresses,
the process of each node, and with --sasl the user. It runs until Ctrl-C, SIGTERM, or, with --until-stdin-closes, until
nobody holds the other end of its standard input any more; if it is killed, its brokers end as well.

Lines on its standard input are obeyed, and each is answered by a line of JSON: `kill 2` ends node 2 as a crash would,
`start 2` starts it again. Killing a node by its process id is as good.

Exit status: 0 ended, 1 failed, 2 wrong usage, 3 this machine has no Java or cannot get the jars.
"""
UNOBTAINABLE: Final = 3
KILLED_SECONDS_MAX: Final = 10


def main() -> int:
    """What the command line calls."""
    arguments = _arguments(sys.argv[1:])
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _end)
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    reader = (lines, arguments.until_stdin_closes)
    threading.Thread(target=_read_lines, args=reader, daemon=True).start()
    try:
        libraries = jars()
        with _wish(arguments) as wish, running_cluster(wish, libraries) as (nodes, credentials):
            _answer(_document(nodes, credentials))
            _explain(nodes)
            _serve(nodes, lines, libraries)
    except Unobtainable as unobtainable:
        say(str(unobtainable))
        return UNOBTAINABLE
    except (NodeFailed, Refused) as failed:
        say(str(failed))
        return 1
    return 0


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=MANUAL, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=1, help="how many brokers, 1 (default) or 3")
    parser.add_argument("--folder", type=Path, help="keep the data there; without it, it is thrown away in the end")
    parser.add_argument("--port", type=int, help="the first broker's port, the next have the next; default: free ones")
    parser.add_argument("--advertise", type=int, metavar="PORT", help="as --port, but the ports that clients are told")
    parser.add_argument("--sasl", action="store_true", help=f"ask clients for a password (SASL_PLAINTEXT, {MECHANISM})")
    parser.add_argument("--property", action="append", default=[], metavar="NAME=VALUE", help="one more broker setting")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input does")
    return parser.parse_args(words)


def _end(_signal: int, _frame: object) -> None:
    """Leave by the way of all `finally` clauses."""
    sys.exit(0)


def _read_lines(lines: "queue.SimpleQueue[str]", until_closed: bool) -> None:
    # Past `sys.stdin`, whose lock a thread that waits there would still hold while Python shuts down.
    rest = b""
    while chunk := os.read(0, 4096):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            lines.put(line.decode(errors="replace"))
    if until_closed:
        main_thread = threading.main_thread().ident
        assert main_thread is not None, "it is started, since it started this one"
        signal.pthread_kill(main_thread, signal.SIGTERM)


@contextmanager
def _wish(arguments: argparse.Namespace) -> Iterator[Wish]:
    """The folder belongs to this process alone while it runs."""
    pairs = [text.partition("=") for text in arguments.property]
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="zixun-kafka-"))
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with (folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refused(f"{folder}: expected nobody to use it, found Kafka running there already.") from None
            properties = {name.strip(): value.strip() for name, _, value in pairs}
            scratch = arguments.folder is None
            ports = (arguments.port, arguments.advertise)
            yield Wish(arguments.nodes, folder, scratch, *ports, arguments.sasl, properties)
    finally:
        if arguments.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


def _document(nodes: Sequence[Node], credentials: Credentials | None) -> dict[str, object]:
    made: dict[str, object] = {
        "bootstrap_servers": ",".join(node.address for node in nodes),
        "nodes": [node.document() for node in nodes],
    }
    if credentials is not None:
        user = {"username": credentials.username, "password": credentials.password}
        made["sasl"] = {"mechanism": MECHANISM, **user}
    return made


def _explain(nodes: Sequence[Node]) -> None:
    addresses = ",".join(node.address for node in nodes)
    copies = "" if len(nodes) > 1 else " --replication-factor 1 --min-insync-replicas 1"
    say(
        f"Kafka is ready on {addresses}; Ctrl-C ends it, {nodes[0].log} is its log. To use it, in another terminal:\n"
        f"  export ZIXUN_KAFKA_BOOTSTRAP_SERVERS={addresses}\n"
        f"  .venv/bin/zixun topics apply{copies}\n"
        "  .venv/bin/zixun run"
    )


def _serve(nodes: Sequence[Node], lines: "queue.SimpleQueue[str]", libraries: Path) -> None:
    """Obey and watch, until a signal ends it."""
    missed: set[int] = set()
    while True:
        with suppress(queue.Empty):
            _answer(_obey(lines.get(timeout=1).split(), nodes, libraries))
        gone = {node.node_id for node in nodes if not node.is_running()}
        for node_id in sorted(gone - missed):
            say(f"Node {node_id} has ended; the line `start {node_id}` starts it again.")
        missed = gone


def _obey(words: Sequence[str], nodes: Sequence[Node], libraries: Path) -> dict[str, object]:
    by_id = {str(node.node_id): node for node in nodes}
    match words:
        case ["kill", node_id] if node_id in by_id:
            return _kill(by_id[node_id])
        case ["start", node_id] if node_id in by_id:
            return _start(by_id[node_id], libraries)
        case _:
            return {"error": f"expected `kill NODE` or `start NODE`, NODE of {', '.join(by_id)}; found {words}"}


def _kill(node: Node) -> dict[str, object]:
    node.kill()
    return {**node.document(), "pid": None}


def _start(node: Node, libraries: Path) -> dict[str, object]:
    # Somebody who has killed it by its process id need not wait until it is dead.
    if not node.ended(KILLED_SECONDS_MAX):
        return {"error": f"node {node.node_id}: expected that it has ended, found it running"}
    try:
        node.start(libraries)
        node.wait_until_ready()
    except NodeFailed as failed:
        return {"error": str(failed)}
    return node.document()


def _answer(document: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
