"""What SLA needs from outside, and who provides it: holidays, time zones, files."""
