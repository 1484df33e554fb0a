"""Append, and the read of one ticket, where 10^6 events are stored, against the same where 10^4 are."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import asyncpg

from benchmarks.calling import rate
from benchmarks.drafts import receptions
from benchmarks.history import make_history
from benchmarks.large_tables import EVENTS_PER_TICKET, fill_events, fill_tickets, subject_of
from benchmarks.measuring import Bound, Result, alternate
from benchmarks.setting import Setting, assembled
from ledger_svc.views.tickets.queries import find_ticket
from services.wiring import Zixun

CALLERS = 32
GOAL = Bound("ratio", ">=", 0.85)


@dataclass(frozen=True, slots=True)
class _Sized:
    """A system that has a number of tickets."""

    zixun: Zixun
    tickets: int
    count: int

    async def append(self) -> float:
        """Appends per second."""
        return await rate(list(receptions(self.count)), CALLERS, self.zixun.stores["intake"].append)

    async def read(self) -> float:
        """Tickets read per second, as the API reads them."""
        chosen = random.Random(0).choices(range(self.tickets), k=self.count)
        return await rate([subject_of(ticket) for ticket in chosen], CALLERS, self._read)

    async def _read(self, ticket_id: str) -> None:
        assert await find_ticket(self.zixun.pool, ticket_id) is not None, f"expected {ticket_id} to be there"


async def measure(setting: Setting) -> AsyncIterator[Result]:
    """Append, then read."""
    count, rounds = setting.either(2_000, 200), setting.either(9, 1)
    async with AsyncExitStack() as stack:
        large = await _sized(stack, setting, setting.either(1_000_000, 6_000), count)
        small = await _sized(stack, setting, setting.either(10_000, 600), count)
        mine, itself = await alternate(large.append, small.append, rounds)
        yield Result(
            name="append, 32 callers, at 10^6 against 10^4", unit="appends/s", ours=mine, peer=itself, goal=[GOAL]
        )
        mine, itself = await alternate(large.read, small.read, rounds)
        yield Result(
            name="read of one ticket, 32 callers, at 10^6 against 10^4",
            unit="reads/s",
            ours=mine,
            peer=itself,
            goal=[GOAL],
        )


async def _sized(stack: AsyncExitStack, setting: Setting, events: int, count: int) -> _Sized:
    dsn = await stack.enter_async_context(setting.database())
    zixun = await stack.enter_async_context(assembled(dsn))
    await make_history(zixun, 1)
    for runner in zixun.runners:
        while await runner.turn():
            pass
    await fill_events(dsn, events)
    await fill_tickets(dsn, events // EVENTS_PER_TICKET)
    connection = await asyncpg.connect(dsn)
    await connection.execute("vacuum analyze")
    await connection.execute("checkpoint")
    await connection.close()
    return _Sized(zixun, events // EVENTS_PER_TICKET, count)
