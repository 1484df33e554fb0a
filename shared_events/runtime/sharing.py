"""How the partitions of a consumer are shared out among the workers that live, in the database's time."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg
import structlog

from shared_events.clock import Clock
from shared_events.runtime.lease import LEASE_SECONDS, Presence
from shared_events.store.partition import PARTITIONS
from shared_events.store.rows import Connection

LOOK_SECONDS: Final = 0.5
"""So long nobody notices that a worker came, died or went."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """What one worker is to do about the partitions that it holds."""

    claim: frozenset[int] = frozenset()
    give_up: frozenset[int] = frozenset()

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.claim or self.give_up)


def share_out(members: Collection[str], holders: Mapping[int, str | None]) -> dict[int, str]:
    """Who of the members is to have which partition: each as many, give or take one, and as few as can be move.

    `holders` has every partition; what nobody holds, or nobody who is still a member, is free.
    """
    held = {member: sorted(_held_by(member, holders)) for member in members}
    least, left_over = divmod(len(holders), len(members))
    # Those who have most get what is left over, so that they need not give it up.
    ranked = sorted(members, key=lambda member: (-len(held[member]), member))
    due = {member: least + (place < left_over) for place, member in enumerate(ranked)}
    shared = {partition: member for member in ranked for partition in held[member][: due[member]]}
    free = iter(sorted(holders.keys() - shared.keys()))
    for member in ranked:
        shared |= {next(free): member for _ in range(due[member] - len(held[member]))}
    return shared


def change_for(me: str, members: Collection[str], holders: Mapping[int, str | None]) -> Change:
    """What I am to claim of what is free, and to give up for others, so that it will be as `share_out` says."""
    due = {partition for partition, member in share_out(members, holders).items() if member == me}
    free = {partition for partition, holder in holders.items() if holder not in members}
    held = set(_held_by(me, holders))
    return Change(claim=frozenset(due & free), give_up=frozenset(held - due))


@dataclass(frozen=True, slots=True)
class _Shared:
    """Who lives, and who holds what under which epoch."""

    members: frozenset[str]
    shares: Mapping[int, tuple[str | None, int]]

    def change_for(self, member: str) -> Change:
        return change_for(member, self.members, {partition: holder for partition, (holder, _) in self.shares.items()})

    def epochs_of(self, member: str) -> dict[int, int]:
        return {partition: epoch for partition, (holder, epoch) in self.shares.items() if holder == member}


class Shares:
    """See `Sharing`; in the schema of the consumer's service.

    A worker is gone when its time is up (it may have been stopped) or when its session is gone (it died). What it held
    is then as free as what was given up, and whoever claims it raises the epoch.
    """

    def __init__(
        self, presence: Presence, pool: asyncpg.Pool, *, schema: str, consumer: str, holder: str, clock: Clock
    ) -> None:
        self._presence = presence
        self._pool = pool
        self._schema = schema
        self._consumer = consumer
        self._holder = holder
        self._clock = clock
        self._mine: Mapping[int, int] = {}
        self._looked_at = float("-inf")
        self._seen_at = float("-inf")

    async def hold(self) -> Mapping[int, int]:
        """The partitions that are this worker's, with their epochs. Asks at most twice a second, in one query."""
        now = self._clock.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return self._mine
        shared = await self._look(self._pool)
        self._say_what_is_lost(shared)
        if shared.change_for(self._holder).is_needed:
            shared = await self._settle()
        self._mine = shared.epochs_of(self._holder)
        self._looked_at = now
        return self._mine

    async def stay(self) -> None:
        """Renew what would run out in a turn that takes long."""
        if self._clock.monotonic() - self._seen_at > LEASE_SECONDS / 3:
            await self._look(self._pool)

    async def release(self) -> None:
        """Let other workers have everything at once."""
        self._mine = {}
        self._looked_at = float("-inf")
        async with self._alone() as connection:
            for statement in (
                f"update {self._schema}.share set holder = null where consumer = $1 and holder = $2",
                f"delete from {self._schema}.member where consumer = $1 and holder = $2",
            ):
                await connection.execute(statement, self._consumer, self._holder)

    async def _look(self, connection: Connection | asyncpg.Pool) -> _Shared:
        """Stays a member, too; that is written only now and then, because a look that writes nothing costs little."""
        self._seen_at = self._clock.monotonic()
        rows = await connection.fetch(
            f"""
            with renewed as (
                insert into {self._schema}.member (consumer, holder, session, expires_at)
                select $1, $2, $3, clock_timestamp() + make_interval(secs => $4)
                where not exists (
                    select from {self._schema}.member where consumer = $1 and holder = $2 and session = $3
                        and expires_at > clock_timestamp() + make_interval(secs => $4 * 2 / 3)
                )
                on conflict (consumer, holder) do update
                set session = excluded.session, expires_at = excluded.expires_at
            )
            select null as partition, holder, null as epoch from {self._schema}.member
            where consumer = $1 and expires_at > clock_timestamp()
                and exists (select from pg_stat_activity where pid = session)
            union all
            select partition, holder, epoch from {self._schema}.share where consumer = $1
            """,
            self._consumer,
            self._holder,
            await self._presence.session(),
            LEASE_SECONDS,
        )
        shares = {row["partition"]: (row["holder"], row["epoch"]) for row in rows if row["partition"] is not None}
        members = frozenset(row["holder"] for row in rows if row["partition"] is None)
        return _Shared(members | {self._holder}, dict.fromkeys(range(PARTITIONS), (None, 0)) | shares)

    async def _settle(self) -> _Shared:
        async with self._alone() as connection:
            change = (await self._look(connection)).change_for(self._holder)
            await connection.execute(
                f"""
                update {self._schema}.share set
                    holder = case when partition = any($3::int[]) then $2 end,
                    epoch = epoch + case when partition = any($3::int[]) then 1 else 0 end
                where consumer = $1 and partition = any($3::int[] || $4::int[])
                """,
                self._consumer,
                self._holder,
                list(change.claim),
                list(change.give_up),
            )
            shared = await self._look(connection)
        claimed, given_up = sorted(change.claim), sorted(change.give_up)
        _log.info("partitions shared out", consumer=self._consumer, claimed=claimed, given_up=given_up)
        return shared

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[Connection]:
        """One worker after the other: each decides on what the last one has left, so that nobody claims too much."""
        async with self._pool.acquire() as connection, connection.transaction():
            for statement in (
                f"""
                insert into {self._schema}.share (consumer, partition, epoch)
                select $1, p, 0 from generate_series(0, {PARTITIONS - 1}) p order by p on conflict do nothing
                """,
                f"select from {self._schema}.share where consumer = $1 order by partition for update",
                f"delete from {self._schema}.member where consumer = $1 and expires_at <= clock_timestamp()",
            ):
                await connection.execute(statement, self._consumer)
            yield connection

    def _say_what_is_lost(self, shared: _Shared) -> None:
        lost = sorted(partition for partition, _ in self._mine.items() - shared.epochs_of(self._holder).items())
        if lost:
            reason = "other workers have taken these partitions over"
            _log.warning("fenced", consumer=self._consumer, partitions=lost, reason=reason)


def _held_by(member: str, holders: Mapping[int, str | None]) -> list[int]:
    return [partition for partition, holder in holders.items() if holder == member]
