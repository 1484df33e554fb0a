"""How a clock went: what it was measured by, and for what the ticket waited, become its turns."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from shared_events.contracts.sla import CancelReason, OnChange, Passed, TurnKind
from sla_svc.domain.clocks.clock import Turn
from sla_svc.domain.facts import Observed
from sla_svc.domain.rulebook import Terms
from sla_svc.domain.story import Waiting


@dataclass(frozen=True, slots=True)
class Leg:
    """From a moment on, the clock is measured by these terms."""

    at: int
    terms: Terms
    cause: Observed
    learned_at: int
    """When it became known: not before the cause, nor before what else makes it so."""
    on_change: OnChange | None = None
    passed: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """Where a clock stopped, and why if it was not met."""

    at: int
    cause: Observed
    cancelled: CancelReason | None = None


@dataclass(slots=True)
class Course:
    """A clock while the facts are gone through."""

    clock_id: str
    metric: str
    legs: list[Leg] = field(default_factory=list)
    end: End | None = None

    def retarget(self, leg: Leg) -> None:
        """What changes before the clock's first moment changes what it begins with."""
        last = self.legs[-1]
        if leg.at >= last.at:
            self.legs.append(leg)
            return
        learned_at = max(last.learned_at, leg.learned_at)
        self.legs[-1] = replace(last, terms=leg.terms, passed=leg.passed, learned_at=learned_at)

    @property
    def terms(self) -> Terms:
        """Those of now."""
        return self.legs[-1].terms


def turns_of(course: Course, waits: Sequence[Waiting]) -> list[Turn]:
    """All of it, up to its end; what was done before it began is done in no time."""
    if course.end is not None and course.end.at < course.legs[0].at:
        return [_first_turn(course.legs[0], 0), _end_turn(course.end, 0)]
    turns: list[Turn] = []
    elapsed = 0
    for index, leg in enumerate(course.legs):
        after = course.legs[index + 1] if index + 1 < len(course.legs) else course.end
        elapsed = _carried(course, leg, elapsed, waits)
        turns += _leg_turns(leg, after, waits, elapsed)
        elapsed = turns[-1].elapsed + _since(turns[-1], leg.terms, None if after is None else after.at)
    if course.end is not None:
        turns.append(_end_turn(course.end, elapsed))
    return turns


def counted(terms: Terms, start: int, end: int, waits: Sequence[Waiting]) -> int:
    """The seconds in which the calendar is open and the ticket waits for nothing that pauses."""
    total, since, paused = 0, start, bool(_reasons_at(start, terms, waits))
    for wait in _between(waits, start, end):
        if not paused:
            total += terms.calendar.elapsed(since, wait.at)
        since, paused = wait.at, bool(wait.reasons & terms.rule.pauses)
    return total if paused else total + terms.calendar.elapsed(since, end)


def _carried(course: Course, leg: Leg, elapsed: int, waits: Sequence[Waiting]) -> int:
    """What counts as elapsed where a leg begins."""
    match leg.on_change:
        case None | OnChange.KEEP:
            return elapsed
        case OnChange.RESTART:
            return 0
        case OnChange.FROM_START:
            return counted(leg.terms, course.legs[0].at, leg.at, waits)


def _leg_turns(leg: Leg, after: Leg | End | None, waits: Sequence[Waiting], elapsed: int) -> list[Turn]:
    """By the order of the facts, not only of their seconds: what is told once stays so when the next fact comes."""
    pauses, calendar = leg.terms.rule.pauses, leg.terms.calendar
    turns = [_first_turn(leg, elapsed)]
    before = [wait for wait in waits if _is_before(wait, leg)]
    if before and before[-1].reasons & pauses:
        turns.append(_pause(before[-1], leg.at, pauses, elapsed))
    for wait in waits[len(before) :]:
        if after is not None and wait.cause.place >= after.cause.place:
            break
        reasons, last = wait.reasons & pauses, turns[-1]
        if last.kind is not TurnKind.PAUSED:
            elapsed = last.elapsed + calendar.elapsed(last.at, wait.at)
        if reasons and last.why != tuple(sorted(reasons)):
            turns.append(_pause(wait, wait.at, pauses, elapsed))
        elif not reasons and last.kind is TurnKind.PAUSED:
            turns.append(_turn(TurnKind.RESUMED, wait.at, wait.cause, elapsed))
    return turns


def _is_before(wait: Waiting, leg: Leg) -> bool:
    """A clock may start long before the fact that starts it; another rule takes over with its fact."""
    return wait.at < leg.at if leg.on_change is None else wait.cause.place <= leg.cause.place


def _since(last: Turn, terms: Terms, until: int | None) -> int:
    """What is counted behind the last turn of a leg."""
    paused = last.kind is TurnKind.PAUSED or until is None
    return 0 if paused or until is None else terms.calendar.elapsed(last.at, until)


def _first_turn(leg: Leg, elapsed: int) -> Turn:
    return Turn(
        kind=TurnKind.STARTED if leg.on_change is None else TurnKind.RETARGETED,
        at=leg.at,
        cause=leg.cause.event_id,
        elapsed=elapsed,
        terms=leg.terms,
        why=() if leg.on_change is None else (leg.on_change.value,),
        learned_at=leg.learned_at,
        live=leg.cause.live,
        passed=leg.passed,
    )


def _pause(wait: Waiting, at: int, pauses: frozenset[str], elapsed: int) -> Turn:
    return _turn(TurnKind.PAUSED, at, wait.cause, elapsed, why=tuple(sorted(wait.reasons & pauses)))


def _end_turn(end: End, elapsed: int) -> Turn:
    if end.cancelled is None:
        return _turn(TurnKind.MET, end.at, end.cause, elapsed)
    return _turn(TurnKind.CANCELLED, end.at, end.cause, elapsed, why=(end.cancelled.value,))


def _turn(kind: TurnKind, at: int, cause: Observed, elapsed: int, *, why: tuple[str, ...] = ()) -> Turn:
    return Turn(kind, at, cause.event_id, elapsed, why=why, learned_at=cause.recorded_at, live=cause.live)


def _last_until(at: int, waits: Sequence[Waiting]) -> Waiting | None:
    return next((wait for wait in reversed(waits) if wait.at <= at), None)


def _reasons_at(at: int, terms: Terms, waits: Sequence[Waiting]) -> frozenset[str]:
    wait = _last_until(at, waits)
    return frozenset() if wait is None else wait.reasons & terms.rule.pauses


def _between(waits: Sequence[Waiting], start: int, end: int) -> Sequence[Waiting]:
    return [wait for wait in waits if start < wait.at < end]
