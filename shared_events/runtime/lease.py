"""Who may do a thing that only one process may do at a time: a row with an epoch, in the database's time."""

from typing import Final

import asyncpg

from shared_events.clock import Clock

LEASE_SECONDS: Final = 10.0


class Lease:
    """A named lease in a service's schema. The epoch grows with every new holder, and fences off the old one."""

    def __init__(self, pool: asyncpg.Pool, schema: str, name: str, *, holder: str, clock: Clock) -> None:
        self._pool = pool
        self._table = f"{schema}.lease"
        self.name = name
        self._holder = holder
        self._clock = clock
        self._epoch: int | None = None
        self._renewed_at = float("-inf")

    async def hold(self) -> int | None:
        """Take or keep the lease: its epoch, or none if another process has it. Cheap to call in every turn."""
        now = self._clock.monotonic()
        if self._epoch is not None and now - self._renewed_at < LEASE_SECONDS / 3:
            return self._epoch
        self._epoch = await self._pool.fetchval(
            f"""
            insert into {self._table} as l (name, holder, epoch, expires_at)
            values ($1, $2, 1, now() + make_interval(secs => $3))
            on conflict (name) do update set
                holder = excluded.holder,
                expires_at = excluded.expires_at,
                epoch = case when l.holder = excluded.holder and l.expires_at > now() then l.epoch else l.epoch + 1 end
            where l.holder = excluded.holder or l.expires_at <= now()
            returning epoch
            """,
            self.name,
            self._holder,
            LEASE_SECONDS,
        )
        self._renewed_at = now
        return self._epoch

    async def release(self) -> None:
        """Let another process have it at once."""
        self._epoch = None
        await self._pool.execute(
            f"update {self._table} set expires_at = now() where name = $1 and holder = $2", self.name, self._holder
        )
