"""As `tests/system/crash/launcher.py`, with points in the middle of firing what falls due."""

import asyncio
import signal
import sys
from typing import Final

import uvloop

from services.logs import configure_logs
from services.settings import load_settings
from shared_events.runtime.effects import Effects
from shared_events.runtime.firing import Firing
from sla_svc.adapters.keeping import Keeping
from tests.system.crash.launcher import POINTS, Points, arm, play

FIRING: Final[Points] = {
    "before a firing is committed": (Keeping, "fire", "after"),
    "after a firing's rows and events, before its commit": (Effects, "commit_outcome", "after"),
    "after a firing's commit": (Firing, "_commit", "after"),
}

if __name__ == "__main__":
    POINTS.update(FIRING)
    settings = load_settings()
    configure_logs(settings.log_level)
    point, count, how, role = sys.argv[1:]
    if point != "never":
        arm(point, int(count), signal.Signals[how])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(play(role, settings))
