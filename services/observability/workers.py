"""Who relays and who consumes just now, by the leases that they hold in the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg

from services.wiring import SERVICES, SOURCES
from shared_events.store.partition import PARTITIONS

# Gone is who has let the time run out (stopped), and whose session has ended (dead).
_ALIVE: Final = "expires_at > now() and exists (select from pg_stat_activity a where a.pid = session)"

_RELAYS: Final = " union all ".join(
    f"select '{source}' as source, holder from {source}.lease where name = 'relay' and {_ALIVE}" for source in SOURCES
)
_MEMBERS: Final = " union all ".join(
    f"select m.consumer, m.holder, count(s.partition) as partitions from {schema}.member m"
    f" left join {schema}.share s on s.consumer = m.consumer and s.holder = m.holder where {_ALIVE} group by 1, 2"
    for schema in SERVICES
) + (
    # One copies everything that is in Kafka, for the ledger.
    f" union all select 'archive', holder, {PARTITIONS} from ledger.lease where name = 'archiver' and {_ALIVE}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Of each source who relays it; of each consumer how many partitions each of its workers holds."""

    relays: Mapping[str, str]
    consumers: Mapping[str, Mapping[str, int]]

    @property
    def all(self) -> set[str]:
        """Everybody who does anything."""
        return {*self.relays.values(), *(holder for held in self.consumers.values() for holder in held)}


async def workers(pool: asyncpg.Pool) -> Workers:
    """As the database has it now."""
    consumers: dict[str, dict[str, int]] = {}
    for row in await pool.fetch(_MEMBERS):
        consumers.setdefault(row["consumer"], {})[row["holder"]] = row["partitions"]
    relays = {row["source"]: row["holder"] for row in await pool.fetch(_RELAYS)}
    return Workers(relays=relays, consumers=consumers)
