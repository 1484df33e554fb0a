"""Append of one event with its command row, against one bare transaction each with the same rows."""

from collections.abc import AsyncIterator
from typing import Final

from benchmarks.bare import bare
from benchmarks.calling import rate
from benchmarks.drafts import receptions
from benchmarks.measuring import Bound, Result, alternate
from benchmarks.setting import Setting, assembled

GOALS: Final = {1: 0.6, 32: 3.0, 256: 4.0}
"""By the number of callers."""


async def measure(setting: Setting) -> AsyncIterator[Result]:
    """One result per number of callers."""
    async with setting.database() as dsn, assembled(dsn) as zixun, bare(dsn) as peer:
        store = zixun.stores["intake"]
        for callers, goal in GOALS.items():
            count = setting.either(2_000 if callers == 1 else 10_000, 300)

            async def ours(count: int = count, callers: int = callers) -> float:
                return await rate(list(receptions(count)), callers, store.append)

            async def bare_one(count: int = count, callers: int = callers) -> float:
                return await rate([peer.rows_of(append) for append in receptions(count)], callers, peer.write)

            mine, theirs = await alternate(ours, bare_one, setting.rounds)
            name = f"append, {callers} caller{'s' if callers > 1 else ''}"
            yield Result(name=name, unit="appends/s", ours=mine, peer=theirs, goal=[Bound("ratio", ">=", goal)])
