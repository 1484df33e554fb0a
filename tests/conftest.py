"""A real PostgreSQL for every test that asks for one: a throw-away server per process, a database per test."""

import asyncio
import itertools
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import asyncpg
import hypothesis
import pytest
import pytest_asyncio
import structlog

from services.embedded import THROW_AWAY, EmbeddedFailed, Server
from services.migrations import migrate
from services.unprivileged import NoAccount
from tests.scratch import scratch_folder

hypothesis.settings.register_profile("zixun", max_examples=60, derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.load_profile("zixun")

pytest_plugins = ["tests.kafka"]

TEMPLATE = "migrated"
_numbers = itertools.count(1)

# Waits until this process is gone, however it ended, and then stops the server and removes its folder.
_GUARD = 'read -r _; kill -QUIT "$(head -n 1 "$1/postgres/postmaster.pid" 2>/dev/null)" 2>/dev/null; rm -rf "$1"'


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make torture SHARE=0.01` tries everything in short."""
    parser.addoption("--torture-share", type=float, default=1.0, help="the share of the seeds and examples to run")


def pytest_configure(config: pytest.Config) -> None:
    """The profile of torture: twenty times the usual 100 examples, in its whole."""
    count = max(100, round(2000 * config.getoption("torture_share")))
    hypothesis.settings.register_profile(
        "torture", max_examples=count, derandomize=False, deadline=None, print_blob=True
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test marked `torture(seeds=…)` gets so many seeds, from 1 on."""
    marker = metafunc.definition.get_closest_marker("torture")
    if marker is not None and "seed" in metafunc.fixturenames:
        count = round(marker.kwargs["seeds"] * metafunc.config.getoption("torture_share"))
        metafunc.parametrize("seed", range(1, max(1, count) + 1))


@pytest.fixture(autouse=True)
def logs_as_they_come() -> Iterator[None]:
    """What a test makes of the logs of this process is no other test's business."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL of this test process alone, without fsync."""
    with scratch_folder() as folder:
        guard = subprocess.Popen(["sh", "-c", _GUARD, "sh", str(folder)], stdin=subprocess.PIPE, start_new_session=True)
        server = Server(folder, THROW_AWAY)
        try:
            server.start()
        except (EmbeddedFailed, NoAccount, OSError) as failed:
            reason = f"This test needs the embedded PostgreSQL: {failed}"
            if os.environ.get("CI"):  # noqa: TID251 - asks whether a missing server may be passed over
                pytest.fail(reason)
            pytest.skip(reason)
        yield server
        server.kill()
        guard.communicate()


@pytest.fixture(scope="session")
def migrated_template(server: Server) -> str:
    """A database with all migrations, which is copied and never connected to."""
    # In a thread of its own, because this one may belong to a test's event loop.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _make_template(server)).result()
    return TEMPLATE


@pytest.fixture
async def empty_database(server: Server) -> AsyncIterator[str]:
    """The address of a new database without any tables, as its superuser."""
    async with _database(server, "template1") as dsn:
        yield dsn


@pytest.fixture
async def database(server: Server, migrated_template: str) -> AsyncIterator[str]:
    """The address of a new database with all migrations, as its superuser."""
    async with _database(server, migrated_template) as dsn:
        yield dsn


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_database(server: Server, migrated_template: str) -> AsyncIterator[str]:
    """As `database`, for a module whose tests share one; its tests need the loop scope `module` too."""
    async with _database(server, migrated_template) as dsn:
        yield dsn


async def _make_template(server: Server) -> None:
    await _administrate(server, f"create database {TEMPLATE}")
    await migrate(server.dsn(TEMPLATE))


@asynccontextmanager
async def _database(server: Server, template: str) -> AsyncIterator[str]:
    name = f"test_{next(_numbers)}"
    # Copying files is twice as fast as the default, which logs every page.
    await _administrate(server, f"create database {name} template {template} strategy file_copy")
    yield server.dsn(name)
    await _administrate(server, f"drop database {name} with (force)")


async def _administrate(server: Server, statement: str) -> None:
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
