"""One instance per data folder: the lock that refuses a second one, and how tools find the running one."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from services.secret_files import write_secret
from shared_events.clock import Clock


class AlreadyRunning(Exception):
    """Another instance uses the data folder; the message says which."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A running instance, as its folder describes it."""

    pid: int
    since: str
    dsn: str


@contextmanager
def claim(folder: Path, clock: Clock) -> Iterator[None]:
    """Hold the folder until the block ends; the lock falls with the process, however that ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_refusal(folder, lock.name)) from None
        (folder / "instance.json").unlink(missing_ok=True)
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, since {clock.now():%Y-%m-%dT%H:%M:%SZ}")
        lock.flush()
        yield


def refuse_second(folder: Path) -> None:
    """AlreadyRunning if some process holds the folder now; `claim` decides, this only says it earlier."""
    if _is_claimed(folder):
        raise AlreadyRunning(_refusal(folder, str(folder / "lock")))


@contextmanager
def announced(folder: Path, clock: Clock, dsn: str) -> Iterator[None]:
    """Let tools find the database of this instance, which has claimed the folder, until the block ends."""
    instance = Instance(pid=os.getpid(), since=f"{clock.now():%Y-%m-%dT%H:%M:%SZ}", dsn=dsn)
    write_secret(folder / "instance.json", json.dumps(asdict(instance)))
    try:
        yield
    finally:
        (folder / "instance.json").unlink(missing_ok=True)


def find_instance(folder: Path) -> Instance | None:
    """The instance that runs on the folder and is ready for tools."""
    if not _is_claimed(folder):
        return None  # what a killed process left behind tells nothing
    try:
        return Instance(**json.loads((folder / "instance.json").read_text()))
    except FileNotFoundError:
        return None


def _is_claimed(folder: Path) -> bool:
    """Whether some process holds the folder now."""
    try:
        with (folder / "lock").open("a", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _refusal(folder: Path, lock: str) -> str:
    holder = Path(lock).read_text(encoding="utf-8") or "unknown process"
    return (
        f"The data folder {folder.resolve()} is in use. Expected no other instance, found one ({holder}). "
        "End that one first, or set ZIXUN_DATA to another folder."
    )
