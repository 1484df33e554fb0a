"""`zixun token` makes, lists and revokes credentials, with or without a running instance."""

import base64
import json
from collections.abc import Callable, Iterator

import pytest

from tests.services.cli.command_line import CommandLine, Done, command_line

Token = Callable[..., Done]


@pytest.fixture
def zixun() -> Iterator[CommandLine]:
    with command_line() as made:
        yield made


@pytest.fixture
def token(zixun: CommandLine, database: str) -> Token:
    """`zixun token` on a database of one's own."""
    key = base64.b64encode(bytes(32)).decode()
    return lambda *words: zixun("token", *words, ZIXUN_DATABASE_URL=database, ZIXUN_MASTER_KEY=key)


def test_without_an_instance_a_token_is_made_and_listed_and_nothing_keeps_running(zixun: CommandLine) -> None:
    document = json.loads(zixun("token", "create", "--role", "ops", "--name", "李娜", "--json").out)
    secret = document.pop("token")
    assert json.loads(zixun("token", "list", "--json").out) == [document]
    assert (document["name"], document["role"], document["revoked_at"]) == ("李娜", "ops", None)
    assert secret.startswith(f"zx_{document['token_id']}_")
    assert not (zixun.folder / "postgres" / "postmaster.pid").exists()
    (zixun.folder / "master.key").unlink()
    refused = zixun("token", "list")
    assert refused.status == 3
    assert "Bring it back from your copy" in refused.err


def test_the_token_alone_is_on_standard_output(token: Token) -> None:
    made = token("create", "--role", "lead", "--name", "Wang Fang")
    assert made.out.startswith("zx_")
    assert len(made.out.split()) == 1
    assert "It is not shown again" in made.err


def test_a_revoked_token_is_listed_with_its_moment(token: Token) -> None:
    made = json.loads(token("create", "--role", "agent", "--name", "Li Na", "--json").out)
    revoked = json.loads(token("revoke", made["token_id"], "--json").out)
    assert revoked["revoked_at"] is not None
    assert json.loads(token("list", "--json").out) == [revoked]
    assert "Li Na" in token("list").out
    assert (
        token("revoke", made["token_id"]).out
        == f"Token {made['token_id']} of {made['principal_id']} (Li Na) is revoked.\n"
    )


def test_what_is_wrong_is_said_on_standard_error(token: Token) -> None:
    wrong = {
        ("create", "--role", "boss", "--name", "x"): (2, "'boss' is not one of"),
        ("create", "--role", "agent", "--name", "   "): (2, "--name: expected 1 to 200 characters, found 0"),
        ("create", "--role", "agent", "--name", "x" * 201): (2, "expected 1 to 200 characters, found 201"),
        ("create", "--role", "agent", "--name", "x", "--principal", "p-nobody"): (4, "found 'p-nobody'"),
        ("revoke", "nobody"): (4, "There is no token 'nobody'"),
        ("revok", "nobody"): (2, "No such command 'revok'"),
    }
    for words, (status, message) in wrong.items():
        refused = token(*words)
        assert (refused.status, refused.out) == (status, "")
        assert message in refused.err
