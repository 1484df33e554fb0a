"""Which revision a database is at, compared with what this release needs."""

import asyncio
from functools import cache
from pathlib import Path

import asyncpg
from alembic.script import ScriptDirectory


async def missing_revision(
    database: asyncpg.Pool | asyncpg.Connection, *, timeout_seconds: float
) -> tuple[str, str] | None:
    """The revision that this release needs and the earlier one that was found; none if all is there.

    A revision that this release does not know is of a later one, which has begun while this one still runs.
    """
    newest, known = _revisions()
    query = "select version_num from zixun.alembic_version"
    async with asyncio.timeout(timeout_seconds):  # a pool without a free connection counts as well
        found: str | None = await database.fetchval(query)
    return (newest, str(found)) if found != newest and (found is None or found in known) else None


def newest_revision() -> str:
    """The one that this release needs."""
    return _revisions()[0]


@cache
def _revisions() -> tuple[str, frozenset[str]]:
    """The newest one of this release, and all of them."""
    directory = ScriptDirectory(str(Path(__file__).parent))
    newest = directory.get_current_head()
    assert newest is not None, "there is a first release"
    return newest, frozenset(script.revision for script in directory.walk_revisions())
