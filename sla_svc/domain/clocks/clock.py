"""A clock: everything that happened to it, in order, and what was said about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from shared_events.contracts.sla import CancelReason, Passed, TurnKind
from sla_svc.domain.rulebook import Terms

BREACH: Final = "breach"
"""The name of the last threshold; the others have the names of their warnings."""

ENDS: Final = frozenset({TurnKind.MET, TurnKind.CANCELLED})


class State(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that happened to a clock.

    `elapsed` seconds had been counted by then. `terms` are there where it started or was retargeted; after both it
    runs, unless a pause follows at the same moment. `why` has the reasons of a pause, what became of the elapsed time,
    or why it was cancelled. What it is compared by is the same whenever and in whatever order the facts arrived.
    """

    kind: TurnKind
    at: int
    cause: str
    elapsed: int
    terms: Terms | None = None
    why: tuple[str, ...] = ()
    learned_at: int = field(default=0, compare=False)
    """When the causing fact was recorded."""
    live: bool = field(default=True, compare=False)
    """Whether it was recorded as it happened, rather than imported."""
    passed: tuple[Passed, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that was said: the warning of this name, or the breach, with the moment at which it fell due."""

    name: str
    at: int


@dataclass(slots=True)
class Clock:
    """`clock_id` is the metric and the id of the event that started it, with its key where several run."""

    clock_id: str
    metric: str
    cycle: int
    turns: Sequence[Turn]
    marks: tuple[Mark, ...] = ()

    @property
    def started_at(self) -> int:
        """Its first moment."""
        return self.turns[0].at

    @property
    def state(self) -> State:
        """By its last turn."""
        match self.turns[-1].kind:
            case TurnKind.PAUSED:
                return State.PAUSED
            case TurnKind.MET:
                return State.MET
            case TurnKind.CANCELLED:
                return State.CANCELLED
            case TurnKind.STARTED | TurnKind.RESUMED | TurnKind.RETARGETED:
                return State.RUNNING

    @property
    def ended_at(self) -> int | None:
        """When it was met or cancelled."""
        return self.turns[-1].at if self.turns[-1].kind in ENDS else None

    @property
    def terms(self) -> Terms:
        """Those that it goes by now."""
        return next(turn.terms for turn in reversed(self.turns) if turn.terms is not None)

    @property
    def is_superseded(self) -> bool:
        """Whether it is known by now that it never ran; what it would have said is said no more."""
        return self.turns[-1].kind is TurnKind.CANCELLED and self.turns[-1].why == (CancelReason.SUPERSEDED.value,)

    @property
    def live(self) -> bool:
        """Whether it was started by something recorded as it happened."""
        return self.turns[0].live
