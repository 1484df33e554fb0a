"""Many callers at once, and how much they get done."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


async def rate(items: Sequence[Item], callers: int, act: Callable[[Item], Awaitable[object]]) -> float:
    """How many of the items are done per second, if each caller takes the next one as soon as it is done."""
    waiting = iter(items)

    async def call() -> None:
        for item in waiting:
            await act(item)

    began = time.perf_counter()
    await asyncio.gather(*(call() for _ in range(callers)))
    return len(items) / (time.perf_counter() - began)


async def rate_during(seconds: float, callers: Sequence[Item], act: Callable[[Item], Awaitable[object]]) -> float:
    """How often per second the callers act, each again and again until the time is up."""
    began = time.perf_counter()
    done = 0

    async def call(caller: Item) -> None:
        nonlocal done
        while time.perf_counter() - began < seconds:
            await act(caller)
            done += 1

    await asyncio.gather(*map(call, callers))
    return done / (time.perf_counter() - began)
