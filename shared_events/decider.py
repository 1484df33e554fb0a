"""The functional core: what a decision is, how state is folded, how a rule says no (D1)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import Generic, TypeVar

from shared_events.contracts.base import ActorId, Instant, Origin
from shared_events.contracts.envelope import rfc3339

C = TypeVar("C")
E = TypeVar("E")
S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What every command carries: when the thing happened, who did it, and whether it comes from an older system."""

    at: Instant
    by: ActorId
    origin: Origin = Origin.LIVE


class Refused(Exception):
    """A rule said no.

    The member's name is the code that clients see, its value the sentence; `now` says where the thing stands, and
    `allowed` which commands it would accept. Of a value that is wrong, `expected` and `found` are given instead, and
    `now` is the sentence that they make.
    """

    def __init__(
        self,
        reason: StrEnum,
        *,
        now: str = "",
        allowed: Sequence[str] = (),
        expected: str | None = None,
        found: str | None = None,
    ) -> None:
        self.reason = reason
        self.now = now if expected is None else f"Expected {expected}, found {found}."
        self.allowed = tuple(allowed)
        self.expected = expected
        self.found = found
        super().__init__(reason, self.now, self.allowed)

    def __str__(self) -> str:
        allowed = f" Allowed now: {', '.join(self.allowed)}." if self.allowed else ""
        now = f" {self.now}" if self.now else ""
        return f"{self.reason.value}{now}{allowed}"


def in_the_past(reason: StrEnum, at: Instant, found: Instant) -> Refused:
    """Of a moment that is planned, and not later than the command's."""
    return Refused(reason, expected=f"a moment after {rfc3339(at)}", found=rfc3339(found))


@dataclass(frozen=True, slots=True)
class Decider(Generic[C, E, S]):
    """One aggregate: `decide` returns events or raises `Refused`; `evolve` never refuses."""

    initial: S
    decide: Callable[[C, S], Sequence[E]]
    evolve: Callable[[S, E], S]

    def fold(self, state: S, events: Iterable[E]) -> S:
        """The state after `events`, which are in version order."""
        return reduce(self.evolve, events, state)
