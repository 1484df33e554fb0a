"""Runs a process of the system that kills itself, or stops, at a named point, the nth time it comes there.

`python launcher.py POINT COUNT SIGNAL ROLE`; the settings come from the environment as ever. POINT is `never` or one of
`POINTS` and `POINTS_ON_KAFKA`. COUNT is 0 for a process that waits for SIGUSR1, and then does it the next time. ROLE is
`all` for the whole system, `api` for what only serves, `worker` for what only relays and consumes.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

import uvloop
from aiokafka import AIOKafkaProducer

from services.app import serve, work_alone
from services.logs import configure_logs
from services.settings import Settings, load_settings
from shared_events.log.archive import Archive
from shared_events.log.kafka import KafkaLog
from shared_events.log.kafka_publishing import Publisher
from shared_events.log.postgres import PostgresLog
from shared_events.runtime.checkpoints import Checkpoints
from shared_events.runtime.views import TableView
from shared_events.store.postgres import EventStore

Points = dict[str, tuple[type[Any], str, str]]

APPENDING: Final[Points] = {
    "before an append": (EventStore, "_call", "before"),
    "after an append, before it is acknowledged": (EventStore, "_call", "after"),
}
CONSUMING: Final[Points] = {
    "in the middle of a projection's transaction": (TableView, "apply", "after"),
    "after a reaction's append, before its commit": (EventStore, "append_in", "after"),
    "after a checkpoint, before its commit": (Checkpoints, "advance", "after"),
}
POINTS: Final[Points] = {
    **APPENDING,
    "before a publication": (PostgresLog, "publish", "before"),
    "after a publication, before its position": (PostgresLog, "publish", "after"),
    **CONSUMING,
}
WORKING_ON_KAFKA: Final[Points] = {
    "before a publication to Kafka": (KafkaLog, "publish", "before"),
    "before batches are sent": (Publisher, "send", "before"),
    "in the middle of sending": (AIOKafkaProducer, "send_batch", "after"),
    "after batches are sent": (Publisher, "send", "after"),
    "after a publication to Kafka": (KafkaLog, "publish", "after"),
    "before it is noted what was relayed": (EventStore, "note_relayed", "before"),
    "before a copy is kept": (Archive, "keep", "before"),
    "after a copy is kept, before it is announced": (Archive, "_announce", "before"),
    "after a copy is kept": (Archive, "keep", "after"),
    **CONSUMING,
}
POINTS_ON_KAFKA: Final[Points] = {**APPENDING, **WORKING_ON_KAFKA}
"""What a process comes to whose log is on Kafka; a worker alone only to what is not of `APPENDING`."""


def arm(point: str, count: int, how: signal.Signals) -> None:
    """Let the process send itself `how` the `count`th time it comes to `point`."""
    owner, name, when = (POINTS | POINTS_ON_KAFKA)[point]
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


async def play(role: str, settings: Settings) -> None:
    """Until interrupted."""
    if role == "worker":
        await work_alone(settings)
    else:
        await serve(settings, work=role == "all")


def main() -> None:
    """As the arguments say: a point and its count, a signal, a role."""
    settings = load_settings()
    configure_logs(settings.log_level)
    point, count, how, role = sys.argv[1:]
    if point != "never":
        arm(point, int(count), signal.Signals[how])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(play(role, settings))


if __name__ == "__main__":
    main()
