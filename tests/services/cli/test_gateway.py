"""`zixun gateway` prints how one address leads to services that run apart."""

import json

import pytest

from tests.services.cli.command_line import CommandLine, command_line


@pytest.fixture
def zixun() -> CommandLine:
    with command_line() as made:
        return made


def test_the_configuration_has_the_addresses_and_the_size_that_were_asked_for(zixun: CommandLine) -> None:
    words = ("--listen", "127.0.0.1:80", "--upstream", "intake=10.0.0.5:81", "--upstream", "ledger=10.0.0.6:82")
    made = zixun("gateway", "nginx", *words, ZIXUN_BODY_BYTES_MAX="4096")

    assert (made.status, made.err) == (0, "")
    expected = ("listen 127.0.0.1:80;", "server 10.0.0.5:81;", "server 10.0.0.6:82;", "server routing:8000;")
    assert [line for line in (*expected, "client_max_body_size 4096;") if line not in made.out] == []


def test_the_table_can_be_read_by_people_and_by_programs(zixun: CommandLine) -> None:
    listed, table = zixun("gateway", "routes"), json.loads(zixun("gateway", "routes", "--json").out)

    assert "routing   /v1/tickets/{ticket_id}/assignment\n" in listed.out
    claim = {
        "path": "/v1/tickets/{ticket_id}/assignment",
        "pattern": "^/v1/tickets/[^/]+/assignment$",
        "service": "routing",
    }
    assert claim in table
    assert len(table) == len(listed.out.splitlines())


@pytest.mark.parametrize("wrong", ["billing=10.0.0.5:81", "intake", "intake="])
def test_an_upstream_that_is_none_is_named(zixun: CommandLine, wrong: str) -> None:
    refused = zixun("gateway", "nginx", "--upstream", wrong)

    assert refused.status == 2
    assert (
        f"--upstream: expected SERVICE=HOST:PORT with one of feedback, intake, ledger, routing, sla, found '{wrong}'"
        in (refused.err)
    )
