"""Serves the whole system as a process that kills itself with SIGKILL at a named point, the nth time it comes there.

`python launcher.py POINT COUNT`; the settings come from the environment as ever. POINT is `never` or one of `POINTS`.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

import uvloop

from services.app import serve
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
    "after a checkpoint, before its commit": (Checkpoints, "advance", "after"),
}


def arm(point: str, count: int) -> None:
    """Let the process die the `count`th time it comes to `point`."""
    owner, name, when = POINTS[point]
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)
    left = count

    async def armed(*arguments: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left <= 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = await original(*arguments, **named)
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, armed)


if __name__ == "__main__":
    if sys.argv[1] != "never":
        arm(sys.argv[1], int(sys.argv[2]))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(load_settings()))
