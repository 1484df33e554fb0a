"""One session says that this process is there; it is shared, and begun anew when it breaks."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared_events.runtime.lease import LEASE_SECONDS, Lease, Presence
from tests.shared_events.conftest import FixedClock


@pytest.fixture
async def presence(pool: asyncpg.Pool) -> AsyncIterator[Presence]:
    presence = Presence(pool)
    yield presence
    await presence.leave()


async def test_a_lease_is_held_on_after_the_database_broke_the_session(
    pool: asyncpg.Pool, database: str, presence: Presence, clock: FixedClock
) -> None:
    lease = Lease(presence, pool, schema="intake", name="one", holder="here", clock=clock)
    epoch = await lease.hold()
    await break_session(database, presence)
    clock.advance(LEASE_SECONDS / 2)

    assert await lease.hold() == epoch


async def test_all_who_ask_at_once_share_one_session(pool: asyncpg.Pool, database: str, presence: Presence) -> None:
    await presence.session()
    await break_session(database, presence)
    await pool.expire_connections()

    sessions = await asyncio.gather(*(presence.session() for _ in range(7)))

    assert len(set(sessions)) == 1
    assert pool.get_size() - pool.get_idle_size() == 1


async def break_session(database: str, presence: Presence) -> None:
    """As a database that is restarted does, and wait until this end has noticed."""
    connection = presence._connection
    assert connection is not None
    broken = asyncio.Event()
    connection.add_termination_listener(lambda _: broken.set())
    owner = await asyncpg.connect(database)
    await owner.execute("select pg_terminate_backend($1, 5000)", await presence.session())
    await owner.close()
    await broken.wait()
