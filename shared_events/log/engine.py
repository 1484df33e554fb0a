"""Which engine keeps the log of this installation: its database says so, and the settings have to agree (D6)."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from shared_events.log.cluster import Cluster


class LogElsewhere(Exception):
    """The settings name another place for the log than the one where it is; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database says of the log."""

    log_id: UUID
    engine: str
    has_entries: bool
    """Of what is kept here: the log itself, or the ledger's copy of it."""


async def kept_log(pool: asyncpg.Pool) -> Kept:
    """Which log this installation has, and where."""
    row = await pool.fetchrow(
        "select log_id, engine, exists (select from log.head where next_offset > 0) as has_entries from log.identity"
    )
    assert row is not None, "the migration gave the log its identity"
    return Kept(row["log_id"], row["engine"], row["has_entries"])


async def refuse_elsewhere(pool: asyncpg.Pool, cluster: Cluster | None) -> None:
    """`LogElsewhere` if who starts with these settings would read or write another log than this installation's."""
    kept = await kept_log(pool)
    if cluster is None and kept.engine == "kafka":
        raise LogElsewhere(
            f"The log of this installation ({kept.log_id}) is in Kafka. Expected ZIXUN_KAFKA_BOOTSTRAP_SERVERS with "
            "the address of its cluster, found none."
        )
    if cluster is not None and kept.engine == "postgres" and kept.has_entries:
        raise LogElsewhere(
            f"The log of this installation ({kept.log_id}) is in PostgreSQL. Expected no "
            f"ZIXUN_KAFKA_BOOTSTRAP_SERVERS, found {cluster.bootstrap_servers}. `zixun log migrate` takes it there."
        )
