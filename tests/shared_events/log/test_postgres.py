"""The PostgreSQL log does what every log does, and its entries are final."""

import asyncio

import asyncpg
import pytest

from shared_events.log.port import LogRefused
from shared_events.log.postgres import PostgresLog
from tests.shared_events.log.suite import LogSuite, numbered


@pytest.fixture
def log(pool: asyncpg.Pool) -> PostgresLog:
    return PostgresLog(pool)


class TestPostgresLog(LogSuite):
    """The suite, on PostgreSQL."""


@pytest.mark.parametrize(
    "statement", ["update log.log_entry set actor = 'x'", "delete from log.log_entry", "truncate log.log_entry"]
)
async def test_an_entry_cannot_be_changed(log: PostgresLog, database: str, statement: str) -> None:
    await log.publish("intake", numbered("t-1", 1, 1))
    connection = await asyncpg.connect(database)

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="final"):
        await connection.execute(statement)

    await connection.close()


async def test_who_waits_while_the_log_is_moved_elsewhere_publishes_nothing(log: PostgresLog, database: str) -> None:
    """As a relay does that was stopped, and wakes after its lease was taken."""
    mover = await asyncpg.connect(database)
    moving = mover.transaction()
    await moving.start()
    await mover.execute("select from log.head order by partition for update")
    late = asyncio.create_task(log.publish("intake", numbered("t-1", 1, 1)))
    while not await mover.fetchval("select exists (select from pg_locks where not granted)"):  # noqa: ASYNC110 - the server knows it
        await asyncio.sleep(0)
    await mover.execute("update log.identity set engine = 'kafka'")
    await moving.commit()

    with pytest.raises(LogRefused, match="is in Kafka"):
        await late
    assert await log.read({3: 0}, 10) == {}
    await mover.close()


async def test_the_history_of_a_subject_is_read_in_log_order(log: PostgresLog) -> None:
    await log.publish("intake", numbered("t-1", 1, 1))
    await log.publish("routing", numbered("t-1", 1, 2, source="routing"))

    entries = await log.read_subject("t-1")

    assert [(entry.offset, entry.stored.source) for entry in entries] == [(0, "intake"), (1, "routing"), (2, "routing")]
