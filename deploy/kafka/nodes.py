"""One Kafka broker in KRaft mode: its settings, its storage, its process, and what ends it with its launcher."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Final

from jars import HERE, java

HOST: Final = "127.0.0.1"
MECHANISM: Final = "SCRAM-SHA-512"
READY: Final = b"Kafka Server started"
READY_SECONDS_MAX: Final = 90
STOP_SECONDS_MAX: Final = 20
LAST_LINES: Final = 15

JVM: Final = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-Djava.awt.headless=true",
    f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}",
)

# The subshell outlives the launcher, however that ended: its pipe closes, and it kills what `sh` has become. A line on
# the pipe says that this is gone already. $0 is the folder to remove as well, or nothing.
GUARD: Final = """
exec 3<&0
(read -r _ <&3 || { kill -KILL $$; [ -z "$0" ] || { sleep 1; rm -rf "$0"; }; }) &
exec "$@" 3<&- </dev/null
"""


class NodeFailed(Exception):
    """A broker could not be made or started; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The one user of a cluster that asks for a password."""

    username: str
    password: str


@dataclass(slots=True, kw_only=True)
class Node:
    """A broker, which is a controller too. `ports` are those of its listeners by their names."""

    node_id: int
    folder: Path
    ports: Mapping[str, int]
    advertised_port: int
    """What clients are told, if not by our own document."""
    throw_away: Path | None
    """The folder that nobody needs once this process is gone."""
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    _log_start: int = field(default=0, init=False)
    _recording: Path | None = field(default=None, init=False)

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"{HOST}:{self.ports['CLIENTS']}"

    @property
    def log(self) -> Path:
        """Everything that it has ever said."""
        return self.folder / "broker.log"

    def document(self) -> dict[str, object]:
        """What is told of it in JSON."""
        return {"id": self.node_id, "pid": self._process.pid if self._process else None, "address": self.address}

    def configure(self, settings: Mapping[str, str]) -> None:
        """Write its settings, which may be others than at its last start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [f"{name}={value}\n" for name, value in {**settings, "log.dirs": str(self._data)}.items()]
        self._settings.write_text("".join(lines))

    def format(self, libraries: Path, cluster_id: str, credentials: Credentials | None) -> None:
        """Make its storage where there is none, or only a part of it."""
        marker = self.folder / "formatted"
        if marker.exists():
            return
        rmtree(self._data, ignore_errors=True)
        command = [*_java(libraries, "kafka.tools.StorageTool"), "format", "-t", cluster_id, "-c", str(self._settings)]
        if credentials is not None:
            command += ["--add-scram", f"{MECHANISM}=[name={credentials.username},password={credentials.password}]"]
        done = subprocess.run(  # noqa: S603 - Java with fixed words, without a shell
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            said = _last_lines(done.stdout + done.stderr)
            raise NodeFailed(f"Node {self.node_id}: its storage could not be made (Kafka 4 needs Java 17):\n{said}")
        marker.touch()

    def start(self, libraries: Path) -> None:
        """Start the process; `wait_until_ready` says when it serves."""
        command = [*_java(libraries, "kafka.Kafka", *self._record(libraries)), str(self._settings)]
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - as above
                ["/bin/sh", "-c", GUARD, str(self.throw_away or ""), *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the launcher, which ends the brokers in its own way
            )

    def wait_until_ready(self) -> None:
        """Return when it serves clients. Raises `NodeFailed` if it ends before, or takes too long."""
        until = time.monotonic() + READY_SECONDS_MAX
        while READY not in self._said():
            if not self.is_running():
                raise NodeFailed(f"Node {self.node_id} ended while it started:\n{_last_lines(self._text())}")
            if time.monotonic() > until:
                found = f"expected to be ready within {READY_SECONDS_MAX} s, found:\n{_last_lines(self._text())}"
                raise NodeFailed(f"Node {self.node_id}: {found}")
            time.sleep(0.02)

    def is_running(self) -> bool:
        """Whether there is a process, paused or not."""
        return not self.ended(within_seconds=0)

    def ask_to_stop(self) -> None:
        """Begin the end: at once where nothing is kept of it, cleanly elsewhere."""
        if self._process is not None:
            at_once = self.throw_away is not None and self._recording is None
            self._process.send_signal(signal.SIGKILL if at_once else signal.SIGTERM)

    def ended(self, within_seconds: float) -> bool:
        """Whether it is gone, if one waits so long; then its guard goes as well."""
        if self._process is None:
            return True
        try:
            self._process.wait(within_seconds)
        except subprocess.TimeoutExpired:
            return False
        self._process.communicate(b"gone\n")
        if self._recording is not None and self._recording.exists():
            self._keep(self._recording, is_whole=self._process.returncode >= 0)
        self._process = None
        return True

    def stop(self) -> None:
        """Wait for the end, and make one."""
        if not self.ended(STOP_SECONDS_MAX):
            self.kill()

    def kill(self) -> None:
        """End it as a crash would, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self.ended(STOP_SECONDS_MAX)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _settings(self) -> Path:
        return self.folder / "server.properties"

    def _record(self, libraries: Path) -> list[str]:
        """The first broker of all keeps the classes as it has loaded them; every later start is half the work."""
        archive = _archive(libraries)
        self._recording = None
        if archive.exists() or self.node_id != 1:
            return []
        self._recording = archive.with_name(f"{archive.name}.{os.getpid()}")
        return [f"-XX:ArchiveClassesAtExit={self._recording}"]

    @staticmethod
    def _keep(recording: Path, *, is_whole: bool) -> None:
        if is_whole:
            recording.rename(recording.with_suffix(""))
        else:
            recording.unlink()  # it was killed while it wrote

    def _said(self) -> bytes:
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read()

    def _text(self) -> str:
        return self._said().decode(errors="replace")


def settings(node: Node, nodes: Sequence[Node], *, sasl: bool) -> dict[str, str]:
    """What is in the settings of every broker of the cluster."""
    copies = str(min(3, len(nodes)))
    in_sync = "2" if len(nodes) > 2 else "1"
    listeners = {name: f"{name}://{HOST}:{port}" for name, port in node.ports.items()}
    advertised = f"CLIENTS://{HOST}:{node.advertised_port},{listeners['BROKERS']}"
    made = {
        "process.roles": "broker,controller",
        "node.id": str(node.node_id),
        "controller.quorum.voters": ",".join(f"{each.node_id}@{HOST}:{each.ports['CONTROLLER']}" for each in nodes),
        "listeners": ",".join(listeners.values()),
        "advertised.listeners": advertised,
        "inter.broker.listener.name": "BROKERS",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": "1",
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "group.initial.rebalance.delay.ms": "0",
        "log.cleaner.dedupe.buffer.size": "2097152",
        "log.index.size.max.bytes": "1048576",
        # A node that was killed is given up, and let in again, after 4 s instead of 9.
        "broker.session.timeout.ms": "4000",
        "broker.heartbeat.interval.ms": "500",
    }
    if sasl:
        made["listener.security.protocol.map"] = "CLIENTS:SASL_PLAINTEXT,BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT"
        made["sasl.enabled.mechanisms"] = MECHANISM
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        made[f"listener.name.clients.{MECHANISM.lower()}.sasl.jaas.config"] = login
    return made


def _java(libraries: Path, program: str, *options: str) -> list[str]:
    archive = _archive(libraries)
    recorded = [f"-XX:SharedArchiveFile={archive}"] if archive.exists() else []
    return [java(), *JVM, *recorded, *options, "-cp", f"{libraries}/*", program]


def _archive(libraries: Path) -> Path:
    """Java ignores one that was made by another Java."""
    return libraries.with_name(f"{libraries.name}.jsa")


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-LAST_LINES:])
