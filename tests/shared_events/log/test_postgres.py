"""The PostgreSQL log does what every log does, and its entries are final."""

import asyncpg
import pytest

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


async def test_the_history_of_a_subject_is_read_in_log_order(log: PostgresLog) -> None:
    await log.publish("intake", numbered("t-1", 1, 1))
    await log.publish("routing", numbered("t-1", 1, 2, source="routing"))

    entries = await log.read_subject("t-1")

    assert [(entry.offset, entry.stored.source) for entry in entries] == [(0, "intake"), (1, "routing"), (2, "routing")]
