"""Group commit: whatever is asked for while a batch is under way goes into the next one."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """Gathers concurrent calls into one call of `run`, which gives a result (or an exception) per item, in order."""

    def __init__(
        self, run: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]], *, batch_max: int = 512
    ) -> None:
        self._run = run
        self._batch_max = batch_max
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Result:
        """The result for this item. A caller that is cancelled does not stop the batch."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running is None:
            self._running = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        batch: list[tuple[Item, asyncio.Future[Result]]] = []
        try:
            while self._waiting:
                # Whoever can already go on does so first, and joins this batch.
                await asyncio.sleep(0)
                count = min(len(self._waiting), self._batch_max)
                batch = [self._waiting.popleft() for _ in range(count)]
                await self._run_batch(batch)
        except BaseException:
            # Cancelled from outside, as when the loop shuts down: nobody may be left waiting.
            for _, future in (*batch, *self._waiting):
                future.cancel()
            self._waiting.clear()
            raise
        finally:
            # No await may come between the last look at the queue and this line, or an item would wait for ever.
            self._running = None

    async def _run_batch(self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        results: Sequence[Result | Exception]
        try:
            results = await self._run([item for item, _ in batch])
            assert len(results) == len(batch), f"expected {len(batch)} results, one per item, found {len(results)}"
        except Exception as error:  # noqa: BLE001 - the callers get it, each of them
            results = [error] * len(batch)
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
