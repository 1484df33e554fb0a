"""Policies: which rule applies to which metric of which ticket, read from documents that centres write.

`rules` is what a matched row says, `table` finds the row, `document` is how it is written, `durations` reads times.
"""
