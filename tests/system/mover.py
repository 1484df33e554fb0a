"""`zixun log migrate` as a process that kills itself the nth time that it comes to a named point.

`python mover.py POINT COUNT`; the settings come from the environment as ever.
"""

import os
import signal
import sys
from typing import Any, Final

from services.cli import main
from shared_events.log import moving
from shared_events.log.control import Control
from shared_events.log.kafka import KafkaLog
from shared_events.log.kafka_publishing import Publisher

POINTS: Final[dict[str, tuple[type[Any], str, str]]] = {
    "before a batch is published": (Publisher, "send", "before"),
    "after a batch was published": (Publisher, "send", "after"),
    "before the heartbeats are": (Control, "beat", "before"),
    "while all is read back": (KafkaLog, "read", "before"),
    "before the database says so": (moving.Move, "_settle", "before"),
}
BATCH_MAX: Final = 4
"""Many batches of a short history."""


def arm(point: str, count: int) -> None:
    """Let the process die the `count`th time it comes to `point`."""
    owner, name, when = POINTS[point]
    original, left = getattr(owner, name), count

    async def armed(*arguments: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = await original(*arguments, **named)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, armed)


if __name__ == "__main__":
    arm(sys.argv[1], int(sys.argv[2]))
    vars(moving)["BATCH_MAX"] = BATCH_MAX
    sys.argv[1:] = ["log", "migrate", "--json"]
    main()
