"""A database in memory: transactions, row locks and what others see of them; a seed decides on delays and outages."""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from random import Random

DELAY_SECONDS_MAX = 0.01
LOCK_TIMEOUT_SECONDS = 5.0


class Transaction:
    """What is not yet committed: changes to come, and the locks that keep others from theirs."""

    def __init__(self) -> None:
        self.changes: list[Callable[[], None]] = []
        self.held: set[Hashable] = set()
        self.staged: dict[Hashable, object] = {}


class Database:
    """Outlives the processes that use it. Everything committed is there; everything else is gone with its process."""

    def __init__(self, random: Random, *, delay_seconds_max: float = DELAY_SECONDS_MAX) -> None:
        self._random = random
        self._delay_seconds_max = delay_seconds_max
        self._locks: dict[Hashable, asyncio.Lock] = {}
        self.away_until = 0.0

    async def pause(self) -> None:
        """Somewhere between the program and the disk; here others get their turn, and here a process can die."""
        await asyncio.sleep(self._random.random() * self._delay_seconds_max)
        if asyncio.get_running_loop().time() < self.away_until:
            raise ConnectionError("the database is away")

    async def lock(self, transaction: Transaction, row: Hashable) -> None:
        """As `select … for update`: held to the end of the transaction."""
        if row in transaction.held:
            return
        async with asyncio.timeout(LOCK_TIMEOUT_SECONDS):
            await self._locks.setdefault(row, asyncio.Lock()).acquire()
        transaction.held.add(row)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Committed at the end of the block unless it raises; a process that dies before the commit rolls back."""
        transaction = Transaction()
        try:
            await self.pause()
            yield transaction
            await self.pause()
            for change in transaction.changes:
                change()
        finally:
            for row in transaction.held:
                self._locks[row].release()
        await self.pause()
