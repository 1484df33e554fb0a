"""How the system fares: what is counted in a process, what the database says, and how both are shown."""
