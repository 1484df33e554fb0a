"""Serves the whole system as a process that kills itself, or stops, at a named point, the nth time it comes there.

`python launcher.py POINT COUNT SIGNAL`; the settings come from the environment as ever. POINT is `never` or one of
`POINTS`. COUNT is 0 for a process that waits for SIGUSR1, and then does it the next time.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

import uvloop

from services.app import serve
from services.logs import configure_logs
from services.settings import load_settings
from shared_events.log.postgres import PostgresLog
from shared_events.runtime.checkpoints import Checkpoints
from shared_events.runtime.views import TableView
from shared_events.store.postgres import EventStore

POINTS: Final[dict[str, tuple[type[Any], str, str]]] = {
    "before an append": (EventStore, "_call", "before"),
    "after an append, before it is acknowledged": (EventStore, "_call", "after"),
    "before a publication": (PostgresLog, "publish", "before"),
    "after a publication, before its position": (PostgresLog, "publish", "after"),
    "in the middle of a projection's transaction": (TableView, "apply", "after"),
    "after a reaction's append, before its commit": (EventStore, "append_in", "after"),
    "after a checkpoint, before its commit": (Checkpoints, "advance", "after"),
}


def arm(point: str, count: int, how: signal.Signals) -> None:
    """Let the process send itself `how` the `count`th time it comes to `point`."""
    owner, name, when = POINTS[point]
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)
    left = count

    def now(*_: object) -> None:
        nonlocal left
        left = 1

    def is_due() -> bool:
        nonlocal left
        left -= 1
        return left == 0

    async def armed(*arguments: Any, **named: Any) -> Any:
        due = is_due()
        if due and when == "before":
            os.kill(os.getpid(), how)
        result = await original(*arguments, **named)
        if due and when == "after":
            os.kill(os.getpid(), how)
        return result

    signal.signal(signal.SIGUSR1, now)
    setattr(owner, name, armed)


if __name__ == "__main__":
    settings = load_settings()
    configure_logs(settings.log_level)
    if sys.argv[1] != "never":
        arm(sys.argv[1], int(sys.argv[2]), signal.Signals[sys.argv[3]])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))
