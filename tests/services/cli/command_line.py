"""Runs `zixun` as a user does: with words and with settings from the environment."""

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from services.cli import main
from services.embedded import Server
from tests.scratch import scratch_folder

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Done:
    """What a verb said, and the status that it ended with."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class CommandLine:
    """`zixun` on a data folder of its own."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __call__(self, *words: str, **settings: str) -> Done:
        """Run a verb to its end, in this process, which saves the second that a new one takes to load everything."""
        out, err, status = io.StringIO(), io.StringIO(), 0
        with (
            patch.dict(os.environ, self.environment(**settings), clear=True),  # noqa: TID251 - settings come from there
            patch.object(sys, "argv", ["zixun", *words]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as ended:
                status = int(ended.code or 0)
        return Done(status, out.getvalue(), err.getvalue())

    @contextmanager
    def running(self) -> Iterator["subprocess.Popen[str]"]:
        """`zixun run` as a process of its own, ready; killed at the end if it still runs."""
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", "from services.cli import main; main()", "run", "--json"],
            cwd=ROOT,
            env=self.environment(ZIXUN_LOG_LEVEL="error"),
            text=True,
            stdout=subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline()) == {"url": self.url, "pid": process.pid}
            yield process
        finally:
            process.kill()
            process.communicate()

    def environment(self, **settings: str) -> dict[str, str]:
        """Nothing but our own settings, so that nobody's shell changes a test."""
        ours = {"PATH": os.defpath, "ZIXUN_DATA": str(self.folder), "ZIXUN_PORT": str(self.port)}
        return {**ours, "COLUMNS": "200", **settings}


@contextmanager
def command_line() -> Iterator[CommandLine]:
    """A new folder and a free port; nothing is left of them afterwards."""
    with scratch_folder() as folder:
        try:
            yield CommandLine(folder / "data", _free_port())
        finally:
            Server(folder / "data").kill()


def end(process: "subprocess.Popen[str]", how: signal.Signals) -> int:
    """Send a signal and give the exit status."""
    process.send_signal(how)
    process.communicate(timeout=60)
    return process.returncode


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
