"""What Alembic runs to apply revisions: on the connection, and in the transaction, that `migrate` gives it."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table_schema="zixun")
context.run_migrations()
