"""Event stores, the log, keys, consumers, views and access: the first release."""

from typing import Final

from alembic import op

from services.migrations.sql import run_file

revision: Final = "0001_spine"
down_revision: Final = None

APPENDING: Final = ("intake", "routing", "sla", "feedback")
CONSUMING: Final = (*APPENDING, "ledger")
OTHER_SCHEMAS: Final = ("log", "keys", "access")


def upgrade() -> None:
    """Each file ends with its own grants; here are only the role and the schemas."""
    run_file("services.migrations", "0001_role.sql")
    for schema in (*CONSUMING, *OTHER_SCHEMAS):
        op.execute(f"create schema {schema}")
    run_file("services.migrations", "0001_access.sql")
    run_file("shared_events", "migrations/keys_0001.sql")
    run_file("shared_events", "log/migrations/0001_log.sql")
    for schema in APPENDING:
        run_file("shared_events", "store/migrations/0001_event_store.sql", schema=schema)
    for schema in CONSUMING:
        run_file("shared_events", "runtime/migrations/0001_consumer.sql", schema=schema)
    run_file("ledger_svc", "migrations/0001_views.sql", schema="ledger")
    run_file("intake_svc", "migrations/0001_serial.sql")
    for schema in ("routing", "feedback"):
        run_file("shared_events", "runtime/migrations/0001_customer.sql", schema=schema)
