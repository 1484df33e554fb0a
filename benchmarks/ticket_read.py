"""`GET /v1/tickets/{ticket_id}` of the ledger alone, against FastAPI that sends the same bytes after one select."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

import asyncpg

from benchmarks.connection import connections
from benchmarks.history import make_history
from benchmarks.measuring import Bound, Result, alternate
from benchmarks.served import served
from benchmarks.setting import Setting, agent, assembled
from benchmarks.wrk import Wrk

TICKETS: Final = 1_000


async def measure(setting: Setting) -> AsyncIterator[Result]:
    """One result."""
    seconds = setting.either(5, 1)
    async with setting.database() as dsn:
        async with assembled(dsn) as zixun:
            ids = await make_history(zixun, setting.either(TICKETS, 20))
            for runner in zixun.runners:
                while await runner.turn():
                    pass
        paths = [f"/v1/tickets/{ticket_id}" for ticket_id in ids]
        headers = await agent(dsn)
        async with served("ledger", dsn) as ledger:
            await _keep_answers(dsn, ledger.port, ids, headers)
            async with served("one_select", dsn) as one_select:
                of_ledger, of_peer = Wrk(ledger.port, headers, seconds), Wrk(one_select.port, headers, seconds)
                mine, theirs = await alternate(lambda: of_ledger.get(paths), lambda: of_peer.get(paths), setting.rounds)
    goal = [Bound("ratio", ">=", 0.6)]
    yield Result(name="GET /v1/tickets/{ticket_id}", unit="requests/s", ours=mine, peer=theirs, goal=goal)


async def _keep_answers(dsn: str, port: int, ids: Sequence[str], headers: dict[str, str]) -> None:
    """Put what the ledger answers where the peer finds it."""
    async with connections(port, 1, headers) as (connection,):
        answers = [(ticket_id, (await connection.get(f"/v1/tickets/{ticket_id}")).body) for ticket_id in ids]
    database = await asyncpg.connect(dsn)
    await database.execute("create table benchmark_answer (ticket_id text primary key, body bytea not null)")
    await database.executemany("insert into benchmark_answer values ($1, $2)", answers)
    await database.close()
