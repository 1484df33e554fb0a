"""`zixun migrate`: bring the database to this release, as a step of its own before the services start."""

import asyncio

from services.settings import load_settings


def migrate() -> None:
    """Bring the tables of the database to this release, as their owner.

    `zixun run` does so by itself where its login may. Where services run apart on logins that may not, do it once
    before they start; repeating it is harmless.

    Examples:

        ZIXUN_DATABASE_URL=postgresql://zixun_owner@db/zixun zixun migrate
    """
    print(f"The database is at revision {asyncio.run(_migrate())}.")


async def _migrate() -> str:
    from services.database import migrate_database
    from services.migrations.revisions import newest_revision
    from shared_events.clock import SystemClock

    await migrate_database(load_settings(), SystemClock())
    return newest_revision()
