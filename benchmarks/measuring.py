"""What a measurement says, and how two things are measured against each other."""

import json
import operator
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {">=": operator.ge, "<": operator.lt}

Measure = Callable[[], Awaitable[float]]
"""One round; gives what was measured in it."""


class Skipped(Exception):
    """This cannot be measured here; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One condition of a goal."""

    of: str
    """`value`, `ratio`, or the name of something else that was found."""
    comparison: Literal[">=", "<"]
    limit: float

    def __str__(self) -> str:
        return f"{self.of} {self.comparison} {self.limit:g}"

    def holds(self, found: Mapping[str, float]) -> bool:
        """Whether what was found keeps it."""
        return COMPARISONS[self.comparison](found[self.of], self.limit)


@dataclass(frozen=True, slots=True)
class Rounds:
    """What the rounds of one side gave."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def spread(self) -> list[float]:
        """The least and the most."""
        return [_rounded(min(self.values)), _rounded(max(self.values))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One line of the report."""

    name: str
    unit: str
    ours: Rounds
    goal: Sequence[Bound]
    peer: Rounds | None = None
    note: str | None = None
    found: dict[str, float] = field(default_factory=dict)
    """What else was seen on the way."""

    @property
    def ratio(self) -> float | None:
        """Ours to the peer's, of the medians."""
        return None if self.peer is None else self.ours.median / self.peer.median

    @property
    def met(self) -> bool:
        """Whether every bound of the goal holds."""
        found = {"value": self.ours.median, **self.found}
        if self.ratio is not None:
            found["ratio"] = self.ratio
        return all(bound.holds(found) for bound in self.goal)

    def line(self) -> str:
        """As JSON."""
        ratio = self.ratio
        said = {
            "name": self.name,
            "value": _rounded(self.ours.median),
            "unit": self.unit,
            "spread": self.ours.spread,
            "peer": None if self.peer is None else _rounded(self.peer.median),
            "peer_spread": None if self.peer is None else self.peer.spread,
            "ratio": None if ratio is None else round(ratio, 3),
            "goal": " and ".join(map(str, self.goal)),
            "met": self.met,
            **{name: _rounded(value) for name, value in self.found.items()},
            "note": self.note,
        }
        return json.dumps({name: value for name, value in said.items() if name != "note" or value is not None})


async def alternate(ours: Measure, peer: Measure, rounds: int) -> tuple[Rounds, Rounds]:
    """ABAB: whatever else the machine does meets both. Of several rounds the first pair only warms up."""
    pairs = [(await ours(), await peer()) for _ in range(rounds + (rounds > 1))]
    counted = pairs[-rounds:]
    return Rounds([pair[0] for pair in counted]), Rounds([pair[1] for pair in counted])


def _rounded(value: float) -> float:
    return round(value, 1) if abs(value) >= 10 else round(value, 3)
