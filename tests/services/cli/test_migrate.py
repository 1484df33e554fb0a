"""`zixun migrate` prepares a database for services that run apart on logins that may only work."""

from services.migrations.revisions import newest_revision
from tests.services.cli.command_line import command_line


def test_a_database_is_brought_to_this_release_and_no_key_is_needed(empty_database: str) -> None:
    with command_line() as zixun:
        first, second = (zixun("migrate", ZIXUN_DATABASE_URL=empty_database) for _ in range(2))

    assert (first.status, first.out, first.err) == (0, f"The database is at revision {newest_revision()}.\n", "")
    assert second == first


def test_what_cannot_be_reached_is_named() -> None:
    with command_line() as zixun:
        refused = zixun("migrate", ZIXUN_DATABASE_URL="postgresql://zixun:hush@127.0.0.1:1/zixun")

    assert refused.status == 6
    assert "expected a PostgreSQL that answers" in refused.err
    assert "hush" not in refused.err
