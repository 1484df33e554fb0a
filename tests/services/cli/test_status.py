"""`zixun status` says at a glance how everything fares, whether Zixun runs or not."""

import json
import signal
from collections.abc import Iterator

import pytest

from tests.services.cli.command_line import CommandLine, command_line, end


@pytest.fixture
def zixun() -> Iterator[CommandLine]:
    with command_line() as made:
        yield made


def test_it_works_while_zixun_runs_and_while_it_does_not(zixun: CommandLine) -> None:
    with zixun.running() as process:
        running = zixun("status")
        told = json.loads(zixun("status", "--json").out)
        assert end(process, signal.SIGTERM) == 0
    resting = zixun("status")
    assert (running.status, resting.status, running.err, resting.err) == (0, 0, "", "")
    assert "All is well" in running.out
    assert f"{zixun.url} is ready." in running.out
    assert "1 worker, 12 partitions" in running.out
    assert f"{zixun.url} does not answer: no process runs there." in resting.out
    assert "Nothing waits, and nobody works" in resting.out
    assert "No timer waits." in resting.out
    assert len(running.out.splitlines()) <= 24, "it fits on one screen"
    assert [row["source"] for row in told["relays"]] == ["intake", "routing", "sla", "feedback"]
    held = {row["consumer"]: row["partitions_held"] for row in told["consumers"]}
    assert held == dict.fromkeys(("intake", "routing", "sla", "feedback", "ledger"), 12)
    assert told["timers"] == {"waiting": 0, "next_due_at": None, "late_seconds": 0.0}
    assert (told["troubles"], told["processes"][0]["ready"]) == ([], True)
