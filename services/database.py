"""Which PostgreSQL this process uses, and how it is connected to: one pool per process and database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg

from services.embedded import Server
from services.instance import AlreadyRunning, Instance, announced, claim, find_instance
from services.migrations import migrate
from services.migrations.revisions import missing_revision
from services.settings import Settings
from shared_events.clock import Clock

SERVER_VERSION_MIN: Final = 15
INSTANCE_WAIT_SECONDS_MAX: Final = 30
CONNECT_SECONDS_MAX: Final = 10
"""So long a server may take to answer whoever connects; one that fell silent in that moment is asked anew."""

_MAY_MIGRATE: Final = """
    select has_database_privilege(current_database(), 'create') and coalesce(
        (select pg_has_role(oid, 'member') from pg_roles where rolname = 'zixun_app'),
        (select rolsuper or rolcreaterole from pg_roles where rolname = current_user)
    )
"""


_LOGINS: Final = (
    "a login that may create schemas in the database and is a member of the role zixun_app, or may create that role "
    "where there is none; or, where `zixun migrate` was done by such a one, a login that is a member of zixun_app"
)


class DatabaseUnusable(Exception):
    """The database cannot serve Zixun; the message says what was expected and what was found."""


@asynccontextmanager
async def own_database(settings: Settings, clock: Clock) -> AsyncIterator[str]:
    """The migrated database of a process that runs Zixun; AlreadyRunning if another one has the data folder."""
    if settings.database_url is not None:
        yield await _external(settings.database_url.get_secret_value())
        return
    with claim(settings.data, clock):
        async with _embedded(settings.data) as dsn:
            with announced(settings.data, clock, dsn):
                yield dsn


@asynccontextmanager
async def any_database(settings: Settings, clock: Clock) -> AsyncIterator[str]:
    """The database for a tool: that of the running instance, or one's own while no instance runs."""
    if settings.database_url is not None:
        yield await _external(settings.database_url.get_secret_value())
        return
    with ExitStack() as stack:
        instance = await _find_or_claim(settings.data, clock, stack)
        if instance is not None:
            yield instance.dsn
            return
        async with _embedded(settings.data) as dsn:
            yield dsn


@asynccontextmanager
async def untouched_database(settings: Settings, clock: Clock) -> AsyncIterator[str]:
    """As `any_database`, for who only looks: nothing is made or migrated. DatabaseUnusable if there is none."""
    if settings.database_url is not None:
        dsn = settings.database_url.get_secret_value()
        await (await _connect(dsn)).close()
        yield dsn
        return
    if not (settings.data / "postgres").exists():
        raise DatabaseUnusable(
            f"ZIXUN_DATA: expected the folder of an installation, found no database in {settings.data.resolve()}"
        )
    with ExitStack() as stack:
        instance = await _find_or_claim(settings.data, clock, stack)
        if instance is not None:
            yield instance.dsn
            return
        async with _embedded(settings.data, migrates=False) as dsn:
            yield dsn


async def migrate_database(settings: Settings, clock: Clock) -> None:
    """Bring it to this release, for processes whose logins may not; DatabaseUnusable if this one may not either."""
    async with any_database(settings, clock) as dsn:
        if not await _may_migrate(dsn):
            raise DatabaseUnusable(
                "ZIXUN_DATABASE_URL: expected the owner of the tables, or whoever is to be it, found a login that may "
                "not create schemas in the database"
            )


async def connect_pool(dsn: str, settings: Settings) -> asyncpg.Pool:
    """A pool whose connections work as `zixun_app` and block nobody for long if this process is stopped (D3, D15)."""
    return await asyncpg.create_pool(
        dsn,
        min_size=2,
        max_size=settings.database_connections_max,
        reset=_reset,
        timeout=CONNECT_SECONDS_MAX,
        # The server's own limits do not help where the server has vanished without a word.
        command_timeout=settings.statement_seconds_max + 5,
        server_settings={
            "application_name": "zixun",
            "role": "zixun_app",
            "timezone": "UTC",
            "jit": "off",
            "plan_cache_mode": "force_generic_plan",
            "lock_timeout": "5s",
            "statement_timeout": f"{settings.statement_seconds_max}s",
            "idle_in_transaction_session_timeout": "5s",
        },
    )


def refuse_old_server(major: int, minor: int) -> None:
    """DatabaseUnusable, with both versions, for a PostgreSQL that lacks what the migrations use."""
    if major < SERVER_VERSION_MIN:
        raise DatabaseUnusable(
            f"ZIXUN_DATABASE_URL: expected PostgreSQL {SERVER_VERSION_MIN} or later, found {major}.{minor}"
        )


async def _reset(connection: asyncpg.Connection) -> None:
    # asyncpg's own reset costs a round trip at every release; nothing here changes a session beyond its transaction.
    if connection.is_in_transaction():
        await connection.execute("rollback")


@asynccontextmanager
async def _embedded(folder: Path, *, migrates: bool = True) -> AsyncIterator[str]:
    server = Server(folder)
    try:
        # Blocking on purpose: nothing else runs yet, and an interruption arrives after it, not in its middle.
        server.start()
        if migrates:
            await migrate(server.dsn())
        yield server.dsn()
    finally:
        server.stop()


async def _find_or_claim(folder: Path, clock: Clock, stack: ExitStack) -> Instance | None:
    """The running instance; or none, and the folder is ours until `stack` ends."""
    give_up_at = clock.monotonic() + INSTANCE_WAIT_SECONDS_MAX
    while True:
        instance = find_instance(folder)
        if instance is not None:
            return instance
        try:
            stack.enter_context(claim(folder, clock))
        except AlreadyRunning:
            # It may be just starting, or a tool that is soon done.
            if clock.monotonic() > give_up_at:
                raise
            await asyncio.sleep(0.1)
        else:
            return None


async def _external(dsn: str) -> str:
    if await _may_migrate(dsn):
        await migrate(dsn)
    return dsn


async def _may_migrate(dsn: str) -> bool:
    """Whether the login of `dsn` may; one that may not has to find everything done. DatabaseUnusable otherwise."""
    connection = await _connect(dsn)
    try:
        version = connection.get_server_version()
        refuse_old_server(version.major, version.minor)
        if await connection.fetchval("show synchronous_commit") == "off":
            raise DatabaseUnusable(
                "ZIXUN_DATABASE_URL: expected synchronous_commit on, or nothing accepted is safe; found off"
            )
        may_migrate: bool = await connection.fetchval(_MAY_MIGRATE)
        if not may_migrate:
            await _refuse_unprepared(connection)
    finally:
        await connection.close()
    return may_migrate


async def _connect(dsn: str) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(dsn, timeout=CONNECT_SECONDS_MAX)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise DatabaseUnusable(f"ZIXUN_DATABASE_URL: expected a PostgreSQL that answers, found {error}") from error


async def _refuse_unprepared(connection: asyncpg.Connection) -> None:
    """What a login that may not migrate relies on: that it may work, and that the tables are those of this release."""
    try:
        await connection.execute("set role zixun_app")
    except (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError):
        raise DatabaseUnusable(
            f"ZIXUN_DATABASE_URL: expected {_LOGINS}; found one that may do neither. As the administrator: "
            "create role zixun_app nologin; grant zixun_app to …; grant create on database … to …;"
        ) from None
    try:
        missing = await missing_revision(connection, timeout_seconds=10)
    except asyncpg.UndefinedTableError:
        missing = ("of this release", "none")
    if missing:
        expected, found = missing
        raise DatabaseUnusable(
            f"ZIXUN_DATABASE_URL: expected a database at revision {expected}, or a login that may bring it there; "
            f"found {found}. Run `zixun migrate` as the owner first."
        )
