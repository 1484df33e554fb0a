"""The shell: everything that touches time, the database and the log, once for all services."""
