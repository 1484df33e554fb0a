"""The ledger's tickets know when they are due next."""

from typing import Final

from services.migrations.sql import run_file

revision: Final = "0003_ledger_clocks"
down_revision: Final = "0002_clocks"


def upgrade() -> None:
    """What is there has no clocks yet, so nothing is due."""
    run_file("ledger_svc", "migrations/0002_due.sql", schema="ledger")
