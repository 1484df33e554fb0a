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
