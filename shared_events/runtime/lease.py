"""Who may do a thing that only one process may do at a time: a row with an epoch, in the database's time."""

import asyncio
from typing import Final

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from shared_events.clock import Clock

LEASE_SECONDS: Final = 10.0


class Presence:
    """A database session that ends with this process, however that ends; so others see at once that it is gone."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._connection: PoolConnectionProxy | None = None
        self._beginning = asyncio.Lock()

    async def session(self) -> int:
        """The number of the session, made anew if it was lost."""
        async with self._beginning:  # all who ask meanwhile share one, or each would keep a connection from the pool
            if self._connection is None or _is_lost(self._connection):
                self._connection = await self._pool.acquire()
            number: int = self._connection.get_server_pid()
            return number

    async def leave(self) -> None:
        """End the session."""
        if self._connection is not None:
            await self._pool.release(self._connection)
            self._connection = None


class Lease:
    """A named lease in a service's schema. The epoch grows with every new holder, and fences off the old one.

    It is free when its time is up (its holder may have been stopped) or when its holder's session is gone (it died).
    """

    def __init__(
        self, presence: Presence, pool: asyncpg.Pool, *, schema: str, name: str, holder: str, clock: Clock
    ) -> None:
        self._presence = presence
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
            insert into {self._table} as l (name, holder, session, epoch, expires_at)
            values ($1, $2, $3, 1, now() + make_interval(secs => $4))
            on conflict (name) do update set
                holder = excluded.holder,
                session = excluded.session,
                expires_at = excluded.expires_at,
                epoch = case when l.holder = excluded.holder and l.expires_at > now() then l.epoch else l.epoch + 1 end
            where l.holder = excluded.holder or l.expires_at <= now()
                or not exists (select from pg_stat_activity a where a.pid = l.session)
            returning epoch
            """,
            self.name,
            self._holder,
            await self._presence.session(),
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


def _is_lost(connection: PoolConnectionProxy) -> bool:
    """The pool takes back a connection that broke, and then it answers nothing any more."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True
