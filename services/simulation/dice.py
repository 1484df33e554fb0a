"""The dice of the simulation: the same seed always throws the same."""

from random import Random


def dice(seed: int, what: str) -> Random:
    """Dice of their own for each thing, so that no throw depends on the order in which things are played."""
    return Random(f"{seed}/{what}")  # noqa: S311 - dice of a game; nothing secret depends on them
