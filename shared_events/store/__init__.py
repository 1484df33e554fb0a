"""Where a service's own events are kept: appended in groups, numbered without gaps by the partition head (D2 to D4)."""
