"""The clocks of tickets."""

from typing import Final

from services.migrations.sql import run_file

revision: Final = "0002_clocks"
down_revision: Final = "0001_spine"


def upgrade() -> None:
    """The file ends with its own grants."""
    run_file("sla_svc", "migrations/0001_clocks.sql")
