"""`zixun run` starts everything, says where it is, ends cleanly, and comes back after anything."""

import json
import signal
import socket
from collections.abc import Iterator

import httpx2
import pytest

from tests.services.cli.command_line import CommandLine, command_line, end


@pytest.fixture
def zixun() -> Iterator[CommandLine]:
    with command_line() as made:
        yield made


def status(zixun: CommandLine, path: str, token: str = "") -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx2.get(f"{zixun.url}{path}", headers=headers).status_code


def test_a_start_serves_whoever_has_a_token_and_ctrl_c_ends_it_cleanly(zixun: CommandLine) -> None:
    with zixun.running() as process:
        assert (status(zixun, "/livez"), status(zixun, "/readyz"), status(zixun, "/openapi.json")) == (204, 204, 200)
        made = json.loads(zixun("token", "create", "--role", "agent", "--name", "Li Na", "--json").out)
        revoked = json.loads(zixun("token", "create", "--role", "agent", "--name", "gone", "--json").out)
        assert zixun("token", "revoke", revoked["token_id"]).status == 0
        assert status(zixun, "/v1/tickets") == 401
        assert status(zixun, "/v1/tickets", revoked["token"]) == 401
        assert status(zixun, "/v1/tickets", made["token"]) == 200
        assert end(process, signal.SIGINT) == 0
    assert not (zixun.folder / "postgres" / "postmaster.pid").exists()
    assert not (zixun.folder / "instance.json").exists()


def test_a_start_after_a_kill_finds_all_data_and_refuses_a_second_instance(zixun: CommandLine) -> None:
    with zixun.running() as process:
        token = zixun("token", "create", "--role", "agent", "--name", "Li Na").out.strip()
        assert end(process, signal.SIGKILL) == -signal.SIGKILL
    with zixun.running() as process:
        second = zixun("run", ZIXUN_PORT="1")
        assert second.status == 5
        assert f"found one (process {process.pid}, since " in second.err
        assert status(zixun, "/v1/tickets", token) == 200
        assert end(process, signal.SIGTERM) == 0
    assert not (zixun.folder / "postgres" / "postmaster.pid").exists()


def test_a_taken_port_is_named_before_anything_is_started(zixun: CommandLine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", zixun.port))
        taken.listen()
        refused = zixun("run")
    assert refused.status == 5
    assert f"Cannot listen on 127.0.0.1:{zixun.port}" in refused.err
    assert not zixun.folder.exists()


def test_wrong_settings_are_named_before_anything_is_started(zixun: CommandLine) -> None:
    refused = zixun("run", ZIXUN_BODY_BYTES_MAX="lots", ZIXUN_DATABSE_URL="postgresql://x")
    assert refused.status == 3
    assert "ZIXUN_BODY_BYTES_MAX: expected the largest request body in bytes" in refused.err
    assert "Did you mean ZIXUN_DATABASE_URL?" in refused.err
    assert not zixun.folder.exists()


def test_the_help_lists_every_setting(zixun: CommandLine) -> None:
    shown = zixun("run", "--help")
    assert shown.status == 0
    assert "ZIXUN_DATABASE_URL" in shown.out
    assert "ZIXUN_PORT=9000" in shown.out
