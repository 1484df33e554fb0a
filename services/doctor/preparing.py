"""What has to be right before the rest can be looked at: the tables, and the key to what they keep."""

import asyncpg

from services.doctor.findings import Finding, Kind
from services.master_key import MasterKeyMissing, find_or_make_master_key
from services.migrations import migrate
from services.migrations.revisions import missing_revision, newest_revision
from services.settings import Settings


async def examine_tables(dsn: str, *, mends: bool) -> list[Finding]:
    """Whether they are those of this release; with `mends` they are brought there, where the login may."""
    connection = await asyncpg.connect(dsn)
    try:
        missing = await missing_revision(connection, timeout_seconds=10)
    except asyncpg.UndefinedTableError:
        missing = (newest_revision(), "none")
    finally:
        await connection.close()
    if missing is None:
        return []
    expected, found = missing
    refused, mended = None, None
    if mends:
        try:
            await migrate(dsn)
            mended = f"The tables are at revision {newest_revision()}."
        except asyncpg.InsufficientPrivilegeError as error:
            refused = str(error)
    return [
        Finding(
            kind=Kind.MIGRATIONS_BEHIND,
            place="database",
            found=f"the tables are at revision {found}, this release works with {expected}"
            + (f"; they could not be brought there: {refused}" if refused else ""),
            mending="`zixun migrate`, as the owner of the tables. The rest could not be looked at.",
            mended=mended,
        )
    ]


def examine_key(settings: Settings) -> tuple[bytes | None, list[Finding]]:
    """The key, if there is one; whether it fits is seen in the database."""
    try:
        return find_or_make_master_key(settings), []
    except MasterKeyMissing as missing:
        found = str(missing)
    mending = "Without it personal data cannot be read, and nothing starts."
    return None, [Finding(kind=Kind.MASTER_KEY, place="ZIXUN_MASTER_KEY", found=found.rstrip("."), mending=mending)]
