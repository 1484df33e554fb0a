"""Serial numbers of consultations, from a sequence of the database."""

import asyncio
from collections.abc import Iterator
from typing import Final

import asyncpg

BLOCK: Final = 64
"""As the sequence's increment: so many numbers cost one round trip."""


class Serials:
    """Gives each caller a number that nobody else has; numbers grow, but some are never used."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._block: Iterator[int] = iter(())
        self._taking = asyncio.Lock()

    async def next(self) -> int:
        """The next number, from 1."""
        async with self._taking:
            serial = next(self._block, None)
            if serial is None:
                first: int = await self._pool.fetchval("select nextval('intake.consultation_serial')")
                self._block = iter(range(first, first + BLOCK))
                serial = next(self._block)
            return serial
