"""The database's structure comes about once, whoever starts first, and leaves the application without ownership."""

import asyncio

import asyncpg
import pytest

from services.migrations import migrate

EVENT_TABLES = ("intake.event", "routing.event", "sla.event", "feedback.event", "log.log_entry")
CHANGES = ("update {} set actor = 'x'", "delete from {}", "truncate {}")


async def test_an_empty_database_gets_a_schema_per_service(empty_database: str) -> None:
    await migrate(empty_database)
    connection = await asyncpg.connect(empty_database)
    schemas = {row["nspname"] for row in await connection.fetch("select nspname from pg_namespace")}
    await connection.close()
    assert schemas >= {"intake", "routing", "sla", "feedback", "ledger", "log", "keys", "access", "zixun"}


async def test_migrating_again_changes_nothing(database: str) -> None:
    before = await _structure(database)
    await migrate(database)
    assert await _structure(database) == before


async def test_two_starts_at_once_do_not_collide(empty_database: str) -> None:
    await asyncio.gather(*(migrate(empty_database) for _ in range(4)))
    connection = await asyncpg.connect(empty_database)
    revisions = await connection.fetch("select version_num from zixun.alembic_version")
    await connection.close()
    assert len(revisions) == 1


async def test_a_migration_that_fails_leaves_nothing_behind(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    await connection.execute("create schema routing")
    with pytest.raises(Exception, match="routing"):
        await migrate(empty_database)
    left = await connection.fetchval("select count(*) from pg_namespace where nspname in ('intake', 'zixun')")
    await connection.close()
    assert left == 0


async def test_the_application_role_owns_nothing(database: str) -> None:
    connection = await asyncpg.connect(database)
    owned = await connection.fetch(
        "select relname from pg_class where relowner = 'zixun_app'::regrole"
        " union all select nspname from pg_namespace where nspowner = 'zixun_app'::regrole"
        " union all select proname from pg_proc where proowner = 'zixun_app'::regrole"
    )
    await connection.close()
    assert owned == []


async def test_the_application_role_cannot_change_an_event_or_its_table(database: str) -> None:
    connection = await asyncpg.connect(database, server_settings={"role": "zixun_app"})
    for table in EVENT_TABLES:
        for attack in (*CHANGES, "drop table {}", "alter table {} disable trigger all"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(attack.format(table))
    await connection.close()


async def test_not_even_the_owner_changes_an_event_in_passing(database: str) -> None:
    connection = await asyncpg.connect(database)
    for table in EVENT_TABLES:
        for change in CHANGES:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="an event is final"):
                await connection.execute(change.format(table))
    await connection.close()


async def _structure(dsn: str) -> list[tuple[str, ...]]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(
        "select table_schema, table_name, column_name, data_type from information_schema.columns"
        " where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2, 3"
    )
    await connection.close()
    return [tuple(row) for row in rows]
