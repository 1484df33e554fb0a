"""Connections work as the application role, and a database that cannot keep the promises is refused by name."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from services.database import (
    DatabaseUnusable,
    any_database,
    connect_pool,
    migrate_database,
    own_database,
    refuse_old_server,
)
from services.instance import AlreadyRunning
from services.settings import Settings
from shared_events.clock import SystemClock
from tests.scratch import scratch_folder

CLOCK = SystemClock()


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch_folder() as path:
        yield path


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    settings = Settings(database_connections_max=4, statement_seconds_max=7)
    async with await connect_pool(database, settings) as pool:
        yield pool


async def test_every_connection_has_the_role_and_the_bounds(pool: asyncpg.Pool) -> None:
    names = ["role", "jit", "plan_cache_mode", "lock_timeout", "statement_timeout"]
    names += ["idle_in_transaction_session_timeout", "application_name", "timezone"]
    for _ in range(2):  # the second time after a release
        found = [await pool.fetchval("select current_setting($1)", name) for name in names]
        assert found == ["zixun_app", "off", "force_generic_plan", "5s", "7s", "5s", "zixun", "UTC"]


async def test_a_connection_that_is_given_back_in_a_transaction_forgets_it(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute("begin")
        await connection.execute(
            "insert into access.token values ('t', 'p', 'n', 'agent', decode(repeat('00', 32), 'hex'), now())"
        )
    assert await pool.fetchval("select count(*) from access.token") == 0


async def test_what_the_application_was_not_granted_is_refused(pool: asyncpg.Pool) -> None:
    for statement in ("delete from access.token", "update access.token set role = 'admin'", "create table public.x ()"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement)


async def test_the_second_owner_of_a_folder_is_refused_and_a_tool_joins_the_first(folder: Path) -> None:
    settings = Settings(data=folder)
    async with own_database(settings, CLOCK) as dsn:
        with pytest.raises(AlreadyRunning, match="is in use"):
            async with own_database(settings, CLOCK):
                pytest.fail("two instances hold one folder")
        async with any_database(settings, CLOCK) as joined:
            assert joined == dsn


async def test_tools_without_an_instance_take_turns_and_leave_nothing_running(folder: Path) -> None:
    settings = Settings(data=folder)

    async def count() -> int:
        async with any_database(settings, CLOCK) as dsn, await connect_pool(dsn, settings) as pool:
            return int(await pool.fetchval("select count(*) from access.token"))

    assert tuple(await asyncio.gather(count(), count())) == (0, 0)
    assert not (folder / "postgres" / "postmaster.pid").exists()
    assert not (folder / "instance.json").exists()


async def test_a_database_of_ones_own_is_migrated(empty_database: str, folder: Path) -> None:
    settings = Settings(data=folder, database_url=SecretStr(empty_database))
    async with own_database(settings, CLOCK) as dsn, await connect_pool(dsn, settings) as pool:
        assert await pool.fetchval("select count(*) from access.token") == 0
    assert list(folder.iterdir()) == []  # noqa: ASYNC240 - a test may block


async def test_a_database_that_does_not_answer_is_named(folder: Path) -> None:
    settings = Settings(data=folder, database_url=SecretStr("postgresql://u:hush@127.0.0.1:1/d"))
    with pytest.raises(DatabaseUnusable, match="expected a PostgreSQL that answers") as refused:
        async with own_database(settings, CLOCK):
            pytest.fail("nobody listens there")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("major", [9, 14])
def test_an_older_server_is_refused_with_both_versions(major: int) -> None:
    with pytest.raises(DatabaseUnusable, match=f"expected PostgreSQL 15 or later, found {major}.7"):
        refuse_old_server(major, 7)
    refuse_old_server(15, 0)


async def test_a_database_that_forgets_what_it_confirmed_is_refused(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    name = await connection.fetchval("select current_database()")
    await connection.execute(f"alter database {name} set synchronous_commit = off")
    await connection.close()
    with pytest.raises(DatabaseUnusable, match="expected synchronous_commit on"):
        async with own_database(Settings(database_url=SecretStr(empty_database)), CLOCK):
            pytest.fail("it may lose what it confirmed")


@asynccontextmanager
async def login(database: str, *rights: str) -> AsyncIterator[Settings]:
    """A new login with these rights, `{}` being its name and that of the database, as somebody else would set it up."""
    connection = await asyncpg.connect(database)
    name = await connection.fetchval("select current_database()")
    await connection.execute("do $$ begin create role zixun_app; exception when duplicate_object then null; end $$")
    await connection.execute(f"create role {name} login password 'secret'")
    for right in rights:
        await connection.execute(right.format(name))
    superuser = database.partition("@")[0].rpartition("/")[2]
    yield Settings(database_url=SecretStr(database.replace(superuser, f"{name}:secret")), database_connections_max=4)
    await connection.execute(f"reassign owned by {name} to {superuser.partition(':')[0]}; drop owned by {name}")
    await connection.execute(f"drop role {name}")
    await connection.close()


async def test_a_login_that_may_neither_migrate_nor_work_is_told_what_is_missing(empty_database: str) -> None:
    async with login(empty_database, "alter database {0} owner to {0}") as settings:
        with pytest.raises(DatabaseUnusable, match="grant zixun_app to …"):
            async with own_database(settings, CLOCK):
                pytest.fail("it may not act as the role that the program works as")


async def test_a_login_that_may_only_work_works_where_the_owner_has_migrated(empty_database: str) -> None:
    async with login(empty_database, "grant zixun_app to {0}") as settings:
        with pytest.raises(DatabaseUnusable, match=r"found none\. Run `zixun migrate` as the owner first"):
            async with own_database(settings, CLOCK):
                pytest.fail("there are no tables")
        await migrate_database(Settings(database_url=SecretStr(empty_database)), CLOCK)
        async with own_database(settings, CLOCK) as dsn, await connect_pool(dsn, settings) as pool:
            assert await pool.fetchval("select count(*) from access.token") == 0
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.execute("create schema more")


async def test_tables_of_an_earlier_release_are_refused_and_those_of_a_later_one_are_not(database: str) -> None:
    connection = await asyncpg.connect(database)
    async with login(database, "grant zixun_app to {0}") as settings:
        await connection.execute("update zixun.alembic_version set version_num = '9999_later'")
        async with own_database(settings, CLOCK) as dsn, await connect_pool(dsn, settings) as pool:
            assert await pool.fetchval("select count(*) from access.token") == 0
        await connection.execute("delete from zixun.alembic_version")
        with pytest.raises(DatabaseUnusable, match=r"expected a database at revision \d{4}_\w+, .* found None\."):
            async with own_database(settings, CLOCK):
                pytest.fail("the tables are of an earlier release")
    await connection.close()


async def test_a_login_that_may_only_work_cannot_migrate(database: str) -> None:
    async with login(database, "grant zixun_app to {0}") as settings:
        with pytest.raises(DatabaseUnusable, match="expected the owner of the tables"):
            await migrate_database(settings, CLOCK)
