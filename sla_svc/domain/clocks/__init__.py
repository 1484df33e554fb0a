"""The clocks of a ticket, pure.

`judging` says how they go by all that is known, `turns` and `deadlines` do the arithmetic, `differences` turns what is
new into events, and `restoring` folds those events into the clocks again.
"""
