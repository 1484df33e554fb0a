"""The rules of SLA, pure. Instants are whole seconds since 1970 in UTC, durations whole seconds."""
