"""Keeps everybody from relaying and archiving, while a log is moved or a store is mended."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from services.wiring import SOURCES
from shared_events.clock import Clock
from shared_events.ids import IdSource
from shared_events.runtime.lease import Lease, Presence

_LEASES: Final = (*((source, "relay") for source in SOURCES), ("ledger", "archiver"))


class StillRunning(Exception):
    """Another process relays or archives; the message says which lease it holds."""


class Standstill:
    """The leases of all relays and of the archiver, in one hand."""

    def __init__(self, pool: asyncpg.Pool, presence: Presence, clock: Clock) -> None:
        holder = str(IdSource(clock).new())
        self._leases = [
            (schema, Lease(presence, pool, schema=schema, name=name, holder=holder, clock=clock))
            for schema, name in _LEASES
        ]

    @property
    def archiver(self) -> Lease:
        """For the archiver that whoever holds it runs itself."""
        return dict(self._leases)["ledger"]

    async def stay(self) -> None:
        """Take or keep the leases; `StillRunning` if somebody else has one. Cheap to call for every batch."""
        for schema, lease in self._leases:
            if await lease.hold() is None:
                raise StillRunning(
                    f"The {lease.name} of {schema} runs in another process. Expected none, since nothing may be "
                    "relayed meanwhile. End `zixun run` and `zixun work` first."
                )

    async def end(self) -> None:
        """Let others have the leases at once."""
        for _, lease in self._leases:
            await lease.release()


@asynccontextmanager
async def standstill(pool: asyncpg.Pool, clock: Clock) -> AsyncIterator[Standstill]:
    """Until the block ends; `StillRunning` if it cannot be had."""
    presence = Presence(pool)
    held = Standstill(pool, presence, clock)
    try:
        await held.stay()
        yield held
    finally:
        await held.end()
        await presence.leave()
