"""A data folder has one instance; tools find it; a killed one leaves nothing that misleads."""

import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.instance import AlreadyRunning, announced, claim, find_instance

HOLD = """
import sys
from pathlib import Path
from services.instance import announced, claim
from shared_events.clock import SystemClock
with claim(Path(sys.argv[1]), SystemClock()), announced(Path(sys.argv[1]), SystemClock(), "postgresql://there"):
    print("held", flush=True)
    sys.stdin.read()
"""


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


def hold(folder: Path) -> "subprocess.Popen[str]":
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_instance_is_refused_with_who_and_since_when(tmp_path: Path) -> None:
    with claim(tmp_path, Noon()), pytest.raises(AlreadyRunning, match=r"since 2026-03-01T12:00:00Z"):  # noqa: SIM117 - the second claim is the subject
        with claim(tmp_path, Noon()):
            pytest.fail("two instances hold one folder")


def test_another_process_is_refused_too_until_the_first_ends(tmp_path: Path) -> None:
    holder = hold(tmp_path)
    with pytest.raises(AlreadyRunning, match=re.escape(f"process {holder.pid}")), claim(tmp_path, Noon()):
        pytest.fail("two instances hold one folder")
    holder.communicate("")
    with claim(tmp_path, Noon()):
        pass


def test_a_tool_finds_the_running_instance(tmp_path: Path) -> None:
    holder = hold(tmp_path)
    instance = find_instance(tmp_path)
    holder.communicate("")
    assert instance is not None
    assert (instance.pid, instance.dsn) == (holder.pid, "postgresql://there")
    assert find_instance(tmp_path) is None


def test_what_a_killed_instance_left_behind_misleads_nobody(tmp_path: Path) -> None:
    holder = hold(tmp_path)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert (tmp_path / "instance.json").exists()
    assert find_instance(tmp_path) is None
    with claim(tmp_path, Noon()):
        assert find_instance(tmp_path) is None  # claimed, but not ready for tools yet


def test_the_description_holds_a_password_and_is_private(tmp_path: Path) -> None:
    with claim(tmp_path, Noon()), announced(tmp_path, Noon(), "postgresql://there"):
        assert (tmp_path / "instance.json").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_does_not_exist_has_no_instance(tmp_path: Path) -> None:
    assert find_instance(tmp_path / "nowhere") is None
