"""The clocks of a ticket as its own events tell of them, to any version or any time of recording (P6, D20)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from shared_events.contracts.sla import (
    ClockCancelled,
    ClockEvent,
    ClockMet,
    ClockPaused,
    ClockResumed,
    ClockRetargeted,
    ClockStarted,
    PolicyMigrated,
    SlaBreached,
    SlaBreachRetracted,
    SlaWarned,
    SlaWarningRetracted,
    TurnKind,
)
from sla_svc.domain.clocks.clock import BREACH, Clock, Mark, Turn
from sla_svc.domain.clocks.published import FindTerms, terms_read, turn_read
from sla_svc.domain.facts import seconds

Clocks = dict[str, Clock]
"""By their ids, in the order in which they were first told of."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event of SLA, and whether what caused it was recorded as it happened."""

    event: ClockEvent
    live: bool


def restored(told: Sequence[Told], find: FindTerms) -> list[Clock]:
    """The clocks after these events."""
    clocks: Clocks = {}
    for each in told:
        _tell(clocks, each, find)
    return list(clocks.values())


def _tell(clocks: Clocks, told: Told, find: FindTerms) -> None:
    event = told.event
    match event:
        case ClockStarted() | ClockPaused() | ClockResumed() | ClockMet() | ClockCancelled():
            _add(clocks, event, _turn(told, find))
        case ClockRetargeted():
            _retarget(clocks, event, _turn(told, find), find)
        case SlaWarned():
            _mark(clocks, event.clock_id, lambda marks: (*marks, Mark(event.warning, seconds(event.at))))
        case SlaBreached():
            _mark(clocks, event.clock_id, lambda marks: (*marks, Mark(BREACH, seconds(event.at))))
        case SlaWarningRetracted():
            _unmark(clocks, event.clock_id, Mark(event.warning, seconds(event.warned_at)))
        case SlaBreachRetracted():
            _unmark(clocks, event.clock_id, Mark(BREACH, seconds(event.breached_at)))
        case PolicyMigrated():
            pass  # each clock that it moves says so itself
        case _:
            assert_never(event)


def _add(
    clocks: Clocks, event: ClockStarted | ClockPaused | ClockResumed | ClockMet | ClockCancelled, turn: Turn
) -> None:
    known = clocks.get(event.clock_id)
    if known is None:
        clocks[event.clock_id] = Clock(event.clock_id, event.metric, event.cycle, [turn])
        return
    superseded = turn.why == ("superseded",) and known.ended_at is not None
    clocks[event.clock_id] = replace(known, turns=[*(known.turns[:-1] if superseded else known.turns), turn])


def _retarget(clocks: Clocks, event: ClockRetargeted, turn: Turn, find: FindTerms) -> None:
    known = clocks[event.clock_id]
    turns = [turn_read(each, event.metric, find) for each in event.turns] or [*known.turns, turn]
    clocks[event.clock_id] = replace(known, cycle=event.cycle, turns=turns)


def _mark(clocks: Clocks, clock_id: str, change: Callable[[tuple[Mark, ...]], tuple[Mark, ...]]) -> None:
    clocks[clock_id] = replace(clocks[clock_id], marks=change(clocks[clock_id].marks))


def _unmark(clocks: Clocks, clock_id: str, mark: Mark) -> None:
    _mark(clocks, clock_id, lambda marks: tuple(each for each in marks if each != mark))


def _turn(told: Told, find: FindTerms) -> Turn:
    event = told.event
    assert isinstance(event, ClockStarted | ClockPaused | ClockResumed | ClockMet | ClockCancelled | ClockRetargeted)
    terms = event.terms if isinstance(event, ClockStarted | ClockRetargeted) else None
    return Turn(
        kind=_KINDS[type(event)],
        at=seconds(event.at),
        cause=event.caused_by,
        elapsed=0 if isinstance(event, ClockStarted) else event.elapsed_seconds,
        terms=None if terms is None else terms_read(terms, event.metric, find),
        why=_why(event),
        learned_at=seconds(event.learned_at),
        live=told.live,
        passed=() if terms is None else terms.passed,
    )


def _why(event: ClockEvent) -> tuple[str, ...]:
    match event:
        case ClockPaused():
            return event.reasons
        case ClockCancelled():
            return (event.reason.value,)
        case ClockRetargeted(on_change=on_change) if on_change is not None:
            return (on_change.value,)
        case _:
            return ()


_KINDS = {
    ClockStarted: TurnKind.STARTED,
    ClockPaused: TurnKind.PAUSED,
    ClockResumed: TurnKind.RESUMED,
    ClockMet: TurnKind.MET,
    ClockCancelled: TurnKind.CANCELLED,
    ClockRetargeted: TurnKind.RETARGETED,
}
