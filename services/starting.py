"""What has to be right before a process appends anything: else it would use numbers a second time, or another log."""

import asyncpg

from services.doctor.comparing import refuse_restored
from shared_events.log.cluster import Cluster
from shared_events.log.engine import refuse_elsewhere


async def refuse_to_append(pool: asyncpg.Pool, cluster: Cluster | None) -> None:
    """`LogElsewhere` if the log is not where the settings say, `LogAhead` if a store is not as the log has it."""
    await refuse_elsewhere(pool, cluster)
    await refuse_restored(pool, cluster)
