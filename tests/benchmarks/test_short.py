"""The benchmarks work; what they measure is judged by people, on a quiet machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEMBERS = {"name", "value", "unit", "spread", "peer", "peer_spread", "ratio", "goal", "met"}


@pytest.mark.timeout(300)
def test_every_measurement_gives_a_line_of_json_or_says_why_it_cannot() -> None:
    done = run("--short")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(line.keys() >= MEMBERS or line.keys() == {"name", "skipped"} for line in lines)
    measured = {line["name"] for line in lines if "value" in line}
    assert {"append, 32 callers", "whole consultations", "views from the log", "memory after 10^6 events"} <= measured


def test_a_measurement_that_does_not_exist_is_named_with_those_that_do() -> None:
    done = run("apend")
    assert done.returncode == 2
    assert "there is no measurement 'apend'; expected one of append, eventsourcing" in done.stderr


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "benchmarks", *words]
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
