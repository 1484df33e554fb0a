"""How often Python looks for garbage that refers to itself: rarely, because requests and events leave hardly any."""

import gc
from typing import Final

THRESHOLD: Final = 10_000
"""So many more objects made than dropped; Python's own 700 is reached by a single batch of events."""


def collect_rarely() -> None:
    """What was made up to now stays as long as the process, and is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(THRESHOLD)
