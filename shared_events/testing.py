"""Rules are tested in three words: given these events, when this command comes, then these events follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from shared_events.decider import Decider, Refused

C = TypeVar("C")
E = TypeVar("E")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Spec(Generic[C, E, S]):
    """`Spec(DECIDER).given(EVENT, …).when(COMMAND).then(EVENT, …)`."""

    decider: Decider[C, E, S]
    history: tuple[E, ...] = ()

    def given(self, *events: E) -> "Spec[C, E, S]":
        """Events that happened before."""
        return Spec(self.decider, (*self.history, *events))

    def when(self, command: C) -> "Decided[E]":
        """Decide, and keep what came out."""
        state = self.decider.fold(self.decider.initial, self.history)
        try:
            return Decided(tuple(self.decider.decide(command, state)), None)
        except Refused as refused:
            return Decided((), refused)


@dataclass(frozen=True, slots=True)
class Decided(Generic[E]):
    """What a command led to."""

    events: Sequence[E]
    refused: Refused | None

    def then(self, *expected: E) -> None:
        """Exactly these events follow."""
        assert self.refused is None, f"expected {expected}, was refused: {self.refused}"
        assert tuple(self.events) == expected

    def then_nothing(self) -> None:
        """The command was harmless: it was accepted, and nothing happened."""
        assert self.refused is None, f"expected nothing, was refused: {self.refused}"
        assert tuple(self.events) == ()

    def then_refused(self, reason: StrEnum) -> None:
        """A rule says no, and this is the one."""
        assert self.refused is not None, f"expected {reason!r}, got {self.events}"
        assert self.refused.reason is reason
