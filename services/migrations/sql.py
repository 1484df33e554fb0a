"""How a revision runs the SQL files that lie with their owners."""

from importlib.resources import files
from typing import Any

from alembic import op


def run_file(package: str, path: str, *, schema: str = "") -> None:
    """Run a file of many statements; `{schema}` in it becomes `schema`."""
    script = files(package).joinpath(path).read_text(encoding="utf-8").replace("{schema}", schema)

    async def execute(driver: Any) -> None:
        # Without parameters asyncpg speaks the simple protocol, the only one that takes several statements.
        await driver.execute(script)

    adapter: Any = op.get_bind().connection.dbapi_connection
    adapter.run_async(execute)
