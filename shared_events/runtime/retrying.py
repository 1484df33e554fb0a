"""What is tried again: what was parked, in order, beside the workers that consume (D9)."""

from contextlib import suppress
from typing import Final

import asyncpg

from shared_events.runtime.effects import Effects, Moved
from shared_events.runtime.ports import Checkpointing
from shared_events.store.partition import partition_of

DECIDE_AGAIN_MAX: Final = 16

_DATABASE_IS_AWAY: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class MovesOn(TimeoutError):
    """Others appended to a stream each time before what was decided could be committed."""

    def __init__(self, consumer: str, subject: str) -> None:
        super().__init__(f"{consumer}: the stream of {subject} moved on {DECIDE_AGAIN_MAX} times")


def is_away(error: BaseException) -> bool:
    """Whether it is the database's failure: then the same is tried again, and nothing is parked.

    A value that PostgreSQL cannot take is not: it will not become takable by trying again.
    """
    return isinstance(error, _DATABASE_IS_AWAY) and not isinstance(error, asyncpg.DataError)


async def retry(checkpoints: Checkpointing, effects: Effects, subject: str) -> int:
    """Take in the parked events of a subject, up to the first that still fails; how many went in.

    It needs no lease: whoever holds the partition waits for the lock, and his checkpoint stays where it is.
    """
    taken = 0
    while await _retry_first(checkpoints, effects, subject):
        taken += 1
    return taken


async def _retry_first(checkpoints: Checkpointing, effects: Effects, subject: str) -> bool:
    """Whether there was one to take in."""
    for _ in range(DECIDE_AGAIN_MAX):
        with suppress(Moved):
            return await _retry_once(checkpoints, effects, subject)
    raise MovesOn(checkpoints.consumer, subject)


async def _retry_once(checkpoints: Checkpointing, effects: Effects, subject: str) -> bool:
    async with checkpoints.transaction() as transaction:
        # From here on neither the runner nor another retry touches the partition, so what is parked stays so.
        await checkpoints.lock(transaction, partition_of(subject))
        entries = (await checkpoints.parked(subject, transaction))[:1]
        if not entries:
            return False
        batch = effects.decoded(entries)
        decided = await effects.decide(batch)
        await effects.commit(transaction, batch, decided)
        await checkpoints.unpark(transaction, entries[0])
    effects.announce(decided)
    return True
