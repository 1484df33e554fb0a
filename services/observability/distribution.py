"""Counts values by size, cheaply enough for every event."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence


class Distribution:
    """How many values were at most as large as each bound.

    The client library's histogram takes a lock and walks its bounds for every value; here one thread counts, and a
    value costs a look-up.
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self.sum = 0.0

    def count(self, value: float) -> None:
        """One value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def count_all(self, values: Iterable[float]) -> None:
        """Many values, faster than one by one."""
        bounds, counts, total = self._bounds, self._counts, 0.0
        for value in values:
            counts[bisect_left(bounds, value)] += 1
            total += value
        self.sum += total

    def buckets(self) -> list[tuple[str, float]]:
        """Each bound as Prometheus writes it, with the number of values up to it; the last has all of them."""
        total, buckets = 0, []
        for bound, count in zip((*map(str, self._bounds), "+Inf"), self._counts, strict=True):
            total += count
            buckets.append((bound, float(total)))
        return buckets
