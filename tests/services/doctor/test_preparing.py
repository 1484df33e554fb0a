"""What has to be right before the doctor can look further: the tables and the master key."""

import json
from collections.abc import Iterator

import pytest

from services.migrations.revisions import newest_revision
from tests.services.cli.command_line import CommandLine, command_line


@pytest.fixture
def zixun() -> Iterator[CommandLine]:
    with command_line() as made:
        yield made


def test_tables_that_are_behind_are_named_and_brought_to_the_release_when_asked(
    zixun: CommandLine, empty_database: str
) -> None:
    said = {"ZIXUN_DATABASE_URL": empty_database, "ZIXUN_MASTER_KEY": "A" * 43 + "="}
    for _ in range(2):
        behind = zixun("doctor", "--json", **said)
        assert behind.status == 1
        (found,) = json.loads(behind.out)
        assert (found["kind"], found["mended"]) == ("migrations_behind", None)
        assert found["found"] == f"the tables are at revision none, this release works with {newest_revision()}"

    mended = zixun("doctor", "--mend", "--json", **said)
    assert (mended.status, mended.err) == (0, "")
    (found,) = json.loads(mended.out)
    assert found["mended"] == f"The tables are at revision {newest_revision()}."
    assert zixun("doctor", **said).out == "Nothing is wrong.\n"


def test_a_master_key_that_is_missing_is_a_finding(zixun: CommandLine, database: str) -> None:
    missing = zixun("doctor", ZIXUN_DATABASE_URL=database)
    assert (missing.status, missing.err) == (1, "zixun: One thing is wrong.\n")
    assert missing.out.startswith("ZIXUN_MASTER_KEY: ZIXUN_DATABASE_URL needs a master key of yours")


def test_where_there_is_no_installation_none_is_made(zixun: CommandLine) -> None:
    nothing = zixun("doctor")
    assert (nothing.status, nothing.out) == (6, "")
    assert "expected the folder of an installation, found no database in" in nothing.err
    assert not zixun.folder.exists()
