"""Waits until every consumer has taken in all that the stores hold, and what reactions added to it."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from services.wiring import CONSUMERS, SOURCES, Zixun
from shared_events.runtime.checkpoints import Checkpoints

LOOK_SECONDS: Final = 0.2
STALLED_SECONDS: Final = 60.0
"""Somebody relays and consumes; if nothing moves for so long, nobody does."""

Heads = Mapping[tuple[str, int], int]
"""The last sequence of each source and partition."""


class Stalled(Exception):
    """Events are stored, but not all of them are taken in, and nothing moves."""


async def catch_up(zixun: Zixun, report: Callable[[int, int], None]) -> None:
    """`report` is told how many events the slowest consumer has taken in, and of how many.

    Raises `Stalled` if nothing moves for a minute.
    """
    heads = await _heads(zixun)
    moved_at, before = zixun.clock.monotonic(), -1
    while True:
        taken = {consumer: await _taken(zixun, consumer, heads) for consumer in CONSUMERS}
        slowest, total = min(taken.values()), sum(heads.values())
        report(slowest, total)
        if slowest == total:
            heads, known = await _heads(zixun), heads
            if heads == known:
                return
        if sum(taken.values()) != before:
            moved_at, before = zixun.clock.monotonic(), sum(taken.values())
        elif zixun.clock.monotonic() - moved_at > STALLED_SECONDS:
            raise Stalled(_complaint(zixun, taken, total))
        await asyncio.sleep(LOOK_SECONDS)


async def _heads(zixun: Zixun) -> Heads:
    return {
        (source, partition): sequence
        for source in SOURCES
        for partition, sequence in (await zixun.stores[source].heads()).items()
    }


async def _taken(zixun: Zixun, consumer: str, heads: Heads) -> int:
    seen = await Checkpoints(zixun.pool, consumer, consumer).seen()
    return sum(min(head, seen.get(partition, {}).get(source, 0)) for (source, partition), head in heads.items())


def _complaint(zixun: Zixun, taken: Mapping[str, int], total: int) -> str:
    reasons = [
        f"{runner.name}, partition {partition}: {reason}"
        for runner in zixun.runners
        for partition, reason in runner.stopped.items()
    ]
    counts = ", ".join(f"{consumer} {count}" for consumer, count in taken.items())
    why = "; ".join(reasons) or "no process relays and consumes"
    return f"Expected every consumer to take in {total} events, found {counts}, and no change for a minute: {why}."
