"""As `tests/system/crash/launcher.py`, with points in the middle of firing what falls due."""

from typing import Final

from shared_events.runtime.effects import Effects
from shared_events.runtime.firing import Firing
from sla_svc.adapters.keeping import Keeping
from tests.system.crash.launcher import POINTS, Points, main

FIRING: Final[Points] = {
    "before a firing is committed": (Keeping, "fire", "after"),
    "after a firing's rows and events, before its commit": (Effects, "commit_outcome", "after"),
    "after a firing's commit": (Firing, "_commit", "after"),
}

if __name__ == "__main__":
    POINTS.update(FIRING)
    main()
