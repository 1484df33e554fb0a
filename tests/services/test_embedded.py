"""The embedded PostgreSQL starts where it was left, whatever happened to it."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from services.embedded import EmbeddedFailed, Server
from tests.scratch import scratch_folder


@pytest.fixture
def unmade() -> Iterator[Server]:
    """A server as users have it, with fsync, before its first start."""
    with scratch_folder() as folder:
        server = Server(folder)
        yield server
        server.kill()


@pytest.fixture(scope="module")
def pristine() -> Iterator[Path]:
    """The folder of a server that was started once and stopped."""
    with scratch_folder() as folder:
        server = Server(folder)
        server.start()
        server.stop()
        yield folder


@pytest.fixture
def durable(unmade: Server, pristine: Path) -> Server:
    """As `unmade`, but made: a copy, which is many times faster than making one."""
    subprocess.run(["cp", "-a", f"{pristine}/.", unmade.folder], check=True)
    return unmade


def moved(server: Server, folder: Path) -> Server:
    """The same cluster in another place below its folder."""
    folder.mkdir()
    for name in ("postgres", "postgres.password"):
        (server.folder / name).rename(folder / name)
    return Server(folder)


async def ask(dsn: str, question: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_what_was_committed_survives_kill_and_stop(durable: Server) -> None:
    durable.start()
    assert await ask(durable.dsn(), "show fsync") == "on"
    await ask(durable.dsn(), "create table kept as select 1 as number")
    postmaster = durable.postmaster()
    assert postmaster is not None
    postmaster.send_signal(signal.SIGKILL)
    postmaster.wait(30)
    durable.start()
    await ask(durable.dsn(), "insert into kept values (2)")
    durable.stop()
    assert durable.postmaster() is None
    durable.start()
    assert await ask(durable.dsn(), "select sum(number) from kept") == 3


async def test_a_server_that_a_killed_process_left_running_is_taken_over(durable: Server) -> None:
    durable.start()
    first = durable.postmaster()
    Server(durable.folder).start()
    second = durable.postmaster()
    assert first is not None
    assert second is not None
    assert first.pid != second.pid
    assert not first.is_running() or first.status() == psutil.STATUS_ZOMBIE
    assert await ask(durable.dsn(), "select 1") == 1


async def test_a_stale_number_that_now_belongs_to_another_program_does_not_matter(durable: Server) -> None:
    durable.start()
    pid_file = durable.folder / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    durable.stop()
    somebody = psutil.Process().pid
    pid_file.write_text("\n".join([str(somebody), *lines[1:]]))
    assert durable.postmaster() is None
    durable.start()
    assert await ask(durable.dsn(), "select 1") == 1


async def test_a_folder_may_be_named_from_where_one_stands(durable: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the default is: `.zixun`."""
    monkeypatch.chdir(durable.folder.parent)
    beside = Server(Path(durable.folder.name))
    beside.start()
    assert await ask(beside.dsn(), "select 1") == 1


async def test_an_interrupted_creation_is_done_anew(unmade: Server) -> None:
    (unmade.folder / "postgres.new").mkdir()
    (unmade.folder / "postgres.new" / "PG_VERSION").write_text("18\n")
    (unmade.folder / "postgres.password").write_text("of the unfinished one")
    unmade.start()
    assert await ask(unmade.dsn(), "select 1") == 1


async def test_only_who_knows_the_password_gets_in_and_only_the_owner_can_read_it(durable: Server) -> None:
    durable.start()
    password = (durable.folder / "postgres.password").read_text()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(durable.dsn().replace(password, "guessed"))
    assert (durable.folder / "postgres.password").stat().st_mode & 0o777 == 0o600
    assert (durable.folder / "postgres").stat().st_mode & 0o777 == 0o700
    assert await ask(durable.dsn(), "show listen_addresses") == ""


async def test_a_folder_whose_path_is_too_long_for_a_socket_works(durable: Server) -> None:
    deep = durable.folder / ("long" * 30)
    deep.mkdir(mode=0o755)
    server = moved(durable, deep / "it's here")
    try:
        server.start()
        assert await ask(server.dsn(), "select 1") == 1
    finally:
        server.stop()


async def test_folders_above_the_data_are_opened_no_further_than_they_must_be(durable: Server) -> None:
    home = durable.folder / "home"
    home.mkdir(mode=0o700)
    server = moved(durable, home / "data")
    server.start()
    assert await ask(server.dsn(), "select 1") == 1
    server.stop()
    # Only root starts it as somebody else, who must be able to pass, but not to read.
    assert home.stat().st_mode & 0o777 == (0o701 if os.geteuid() == 0 else 0o700)


def test_data_of_another_version_are_refused_with_both_versions(durable: Server) -> None:
    (durable.folder / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedFailed, match="Expected version 18, found 17"):
        durable.start()


def test_a_server_that_does_not_start_says_why(durable: Server) -> None:
    with (durable.folder / "postgres" / "postgresql.conf").open("a") as configuration:
        configuration.write("shared_buffers = enormous\n")
    with pytest.raises(EmbeddedFailed, match='invalid value for parameter "shared_buffers": "enormous"'):
        durable.start()


async def test_text_is_unicode_and_trigrams_know_chinese(empty_database: str) -> None:
    await ask(empty_database, "create extension pg_trgm")
    assert await ask(empty_database, "show server_encoding") == "UTF8"
    assert await ask(empty_database, "select array_length(show_trgm('打印机'), 1)") == 4
