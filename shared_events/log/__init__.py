"""The one log that all services write and read, with a port and an adapter per engine (D6)."""
