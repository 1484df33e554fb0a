"""The smallest aggregate, for tests of what is true of all of them: a counter that stops at three."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared_events.decider import Decider, Refused


class Refusal(StrEnum):
    """Why the counter says no."""

    FULL = "The counter is full."
    UNKNOWN = "That cannot be counted."


@dataclass(frozen=True, slots=True)
class Count:
    """Asks to count up by some."""

    by: int


@dataclass(frozen=True, slots=True)
class Counted:
    """It was counted up by one."""

    to: int


def decide(command: Count, state: int) -> Sequence[Counted]:
    """One event for each step."""
    if command.by < 0:
        raise Refused(Refusal.UNKNOWN)
    if state + command.by > 3:
        raise Refused(Refusal.FULL, now=f"It stands at {state}.", allowed=("reset", "read"))
    return [Counted(to) for to in range(state + 1, state + command.by + 1)]


COUNTER: Final = Decider(0, decide, lambda _, event: event.to)
