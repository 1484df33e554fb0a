"""The same event and command rows, written without us: one transaction each on bare asyncpg."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from shared_events.store.appends import Append
from shared_events.store.partition import PARTITIONS, partition_of

SCHEMA: Final = "feedback"
"""It has the same tables as intake, and nobody else uses it here."""

CONNECTIONS_MAX: Final = 32
"""More than ours has: it gains by them."""

_EVENT: Final = f"insert into {SCHEMA}.event values ({', '.join(f'${number}' for number in range(1, 17))})"
_COMMAND: Final = f"insert into {SCHEMA}.command values ({', '.join(f'${number}' for number in range(1, 9))})"


@dataclass(frozen=True, slots=True)
class Rows:
    """One event row and one command row."""

    event: Sequence[Any]
    command: Sequence[Any]


class Bare:
    """Numbers rows beforehand, which is more than it would know in earnest, and writes them."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._heads: Counter[int] = Counter(dict.fromkeys(range(PARTITIONS), 0))

    def rows_of(self, append: Append) -> Rows:
        """What the append would become in the tables."""
        partition = partition_of(append.subject)
        self._heads[partition] += 1
        event, key = append.events[0], append.command_key
        assert key is not None, "appends of benchmarks have a command key"
        recorded_at = event.occurred_at
        return Rows(
            event=(
                *(partition, self._heads[partition], event.subject, event.version, event.event_id, event.type),
                *(event.schema_version, event.occurred_at, recorded_at, event.actor, event.origin),
                *(event.correlation_id, event.causation_id, event.trace_context, event.body, event.digest),
            ),
            command=(
                *(key.scope, key.key, key.fingerprint, append.subject, event.version),
                *(partition, self._heads[partition], recorded_at),
            ),
        )

    async def write(self, rows: Rows) -> None:
        """One transaction."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_EVENT, *rows.event)
            await connection.execute(_COMMAND, *rows.command)


@asynccontextmanager
async def bare(dsn: str) -> AsyncIterator[Bare]:
    """Without a reset, which would cost a round trip at every release."""
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=CONNECTIONS_MAX, reset=_keep)
    async with pool:
        yield Bare(pool)


async def _keep(connection: asyncpg.Connection) -> None:
    """Nothing here changes a session."""
