"""What the program writes about itself is one JSON object a line on standard error, and no more than was asked for."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

SPEAK = """
import structlog
from services.logs import configure_logs
from services.settings import LogLevel
log = structlog.get_logger()
configure_logs(LogLevel.WARNING)
log.info("too quiet")
log.warning("网关断线", subject="t-1")
"""


IN_A_TRACE = """
import structlog
from services.logs import configure_logs
from services.observability.traces import collected
from services.settings import LogLevel
configure_logs(LogLevel.INFO)
log = structlog.get_logger()
with collected("http://127.0.0.1:1") as traces:
    with traces.provider.get_tracer("test").start_as_current_span("work") as span:
        log.info("in", expected=f"{span.get_span_context().trace_id:032x}")
    log.info("out")
"""


def test_a_line_of_a_trace_says_of_which_and_a_collector_that_is_away_is_said_once() -> None:
    spoken = subprocess.run([sys.executable, "-c", IN_A_TRACE], cwd=ROOT, text=True, capture_output=True, check=True)
    inside, outside, away = (json.loads(line) for line in spoken.stderr.splitlines())
    assert inside["trace_id"] == inside["expected"]
    assert "trace_id" not in outside
    assert (away["event"], away["level"]) == ("collector is away", "warning")


def test_lines_are_json_from_the_chosen_level_on() -> None:
    spoken = subprocess.run([sys.executable, "-c", SPEAK], cwd=ROOT, text=True, capture_output=True, check=True)
    (line,) = spoken.stderr.splitlines()
    entry = json.loads(line)
    assert (entry["event"], entry["subject"], entry["level"]) == ("网关断线", "t-1", "warning")
    assert entry["timestamp"].endswith("Z")
    assert spoken.stdout == ""
