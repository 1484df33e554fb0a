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


def test_lines_are_json_from_the_chosen_level_on() -> None:
    spoken = subprocess.run([sys.executable, "-c", SPEAK], cwd=ROOT, text=True, capture_output=True, check=True)
    (line,) = spoken.stderr.splitlines()
    entry = json.loads(line)
    assert (entry["event"], entry["subject"], entry["level"]) == ("网关断线", "t-1", "warning")
    assert entry["timestamp"].endswith("Z")
    assert spoken.stdout == ""
