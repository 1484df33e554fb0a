"""The ticket as it is now: `row` is what is kept, `from_*` how each service's events change it, `queries` who asks."""
