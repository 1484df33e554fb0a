"""A PostgreSQL 15, the oldest that is supported, where the machine has one: started in a folder, gone afterwards."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

from services.unprivileged import account, hand_over
from tests.scratch import scratch_folder

PROGRAMS: Final = Path("/usr/lib/postgresql/15/bin")
SETTINGS: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "40",
    "autovacuum": "off",
    "listen_addresses": "",
}


def is_there() -> bool:
    """Whether the machine has its programs."""
    return (PROGRAMS / "initdb").exists()


@dataclass(frozen=True, slots=True)
class OlderServer:
    """A running one."""

    folder: Path

    def dsn(self, database: str) -> str:
        """Where to connect, as the superuser."""
        place = urlencode({"host": str(self.folder), "port": "5432"}, quote_via=quote)
        return f"postgresql://postgres@/{quote(database)}?{place}"


@contextmanager
def older_server() -> Iterator[OlderServer]:
    """Runs until the block ends."""
    owner = account()
    with scratch_folder() as folder:
        hand_over(folder, owner)
        data = folder / "data"
        _run(owner, "initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8")
        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        start = ("-l", str(folder / "log"), "-o", f"{options} -c unix_socket_directories='{folder}'", "start")
        _run(owner, "pg_ctl", "-s", "-w", "-D", str(data), *start)
        try:
            yield OlderServer(folder)
        finally:
            _run(owner, "pg_ctl", "-s", "-D", str(data), "-m", "immediate", "stop")


def _run(owner: str | None, program: str, *words: str) -> None:
    subprocess.run(
        [PROGRAMS / program, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # a started server would keep a pipe open
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        cwd="/",
        start_new_session=True,
        user=owner,
        group=owner,
        extra_groups=None if owner is None else (),
        check=True,
    )
