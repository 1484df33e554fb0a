"""Another account may run PostgreSQL where it must, and nothing is opened further than that needs."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.unprivileged import account, hand_over, make_programs_readable
from tests.scratch import scratch_folder

ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture
def package() -> Iterator[Path]:
    """A package as a strict umask installs it, with its libraries beside it."""
    with scratch_folder() as folder:
        for path in (folder / "site" / "package" / "bin", folder / "site" / "package.libs"):
            path.mkdir(parents=True)
            (path / "file").touch(mode=0o600)
            (path / "program").touch(mode=0o700)
            path.chmod(0o700)
        (folder / "site" / "package").chmod(0o700)
        (folder / "site").chmod(0o700)
        yield folder / "site" / "package"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_programs_become_readable_for_others_and_folders_above_only_passable(package: Path) -> None:
    make_programs_readable(package, ME)
    assert (mode(package / "bin"), mode(package / "bin" / "program"), mode(package / "bin" / "file")) == (
        0o705,
        0o705,
        0o604,
    )
    assert mode(package.with_name("package.libs") / "program") == 0o705
    assert mode(package.parent) == 0o701


def test_a_folder_that_is_handed_over_stays_private(package: Path) -> None:
    hand_over(package / "bin", ME)
    assert mode(package / "bin") == 0o700
    assert (package / "bin").owner() == ME
    assert mode(package) == 0o701


def test_an_ordinary_user_changes_nothing(package: Path) -> None:
    make_programs_readable(package, None)
    hand_over(package / "bin", None)
    assert (mode(package.parent), mode(package), mode(package / "bin" / "file")) == (0o700, 0o700, 0o600)


def test_only_root_needs_another_account() -> None:
    name = account()
    assert (name is None) == (os.geteuid() != 0)
    assert name is None or pwd.getpwnam(name).pw_uid != 0
