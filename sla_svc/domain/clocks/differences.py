"""From what was said of a ticket's clocks, and how they go by what is known now, to what is to be said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from shared_events.contracts import sla
from shared_events.contracts.sla import CancelReason, ClockEvent, RetargetReason, TurnKind
from sla_svc.domain.clocks.clock import BREACH, Clock, Mark, Turn
from sla_svc.domain.clocks.deadlines import Crossing, crossings, deadline_of, elapsed_at, in_time
from sla_svc.domain.clocks.published import terms_said, turns_said
from sla_svc.domain.facts import moment
from sla_svc.domain.rulebook import Terms

ACTOR: Final = "system:sla"


@dataclass(frozen=True, slots=True)
class Said:
    """An event, the id of the event that it follows from, and whether that was recorded as it happened."""

    event: ClockEvent
    cause: str
    live: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What is to be said, and the clocks as they stand once it is."""

    said: Sequence[Said]
    clocks: Sequence[Clock]


def difference(before: Sequence[Clock], now: Sequence[Clock], cause: tuple[str, int]) -> Difference:
    """Turns that are new are said one by one; a clock that went otherwise is told again as a whole.

    `cause`: the id of the fact that showed it, and when it was recorded.
    """
    old = {clock.clock_id: clock for clock in before}
    said: list[Said] = []
    clocks: list[Clock] = []
    for clock in now:
        known = old.pop(clock.clock_id, None)
        marked = replace(clock, marks=() if known is None else known.marks)
        said += _new_turns(known, marked, cause)
        retracted, kept = _retracted(marked, cause)
        said += retracted
        clocks.append(replace(marked, marks=kept))
    for clock in old.values():
        told, over = _superseded(clock, cause)
        said += told
        clocks.append(over)
    return Difference(_in_order(said), clocks)


def crossed(clock: Clock, crossing: Crossing) -> tuple[Said, Clock]:
    """The warning or the breach that falls due, and the clock that has said so."""
    after = replace(clock, marks=(*clock.marks, Mark(crossing.name, crossing.at)))
    rule = crossing.terms.rule
    head = _head(clock, crossing.at)
    last = [turn for turn in clock.turns if turn.at <= crossing.at][-1]
    event: ClockEvent
    if crossing.name == BREACH:
        event = sla.SlaBreached(
            **head,
            deadline=moment(crossing.at if crossing.deadline is None else crossing.deadline),
            target_seconds=rule.target_seconds,
            notice=crossing.notice,
            raise_urgency=rule.raise_urgency and crossing.notice,
            escalate=rule.escalate and crossing.notice,
        )
    else:
        event = sla.SlaWarned(
            **head,
            warning=crossing.name,
            elapsed_seconds=elapsed_at(clock.turns, crossing.at),
            deadline=None if crossing.deadline is None else moment(crossing.deadline),
        )
    # An older system's ticket that is open goes on here: what falls due from now on happens live.
    return Said(event, last.cause, last.live or crossing.notice), after


def _new_turns(known: Clock | None, clock: Clock, cause: tuple[str, int]) -> Iterator[Said]:
    before: Sequence[Turn] = () if known is None else known.turns
    if list(clock.turns[: len(before)]) != list(before) or (known is not None and known.cycle != clock.cycle):
        yield _corrected(before, clock, cause)
        return
    for index in range(len(before), len(clock.turns)):
        turn = clock.turns[index]
        yield Said(_event(clock, index), turn.cause, turn.live)


def _event(clock: Clock, index: int) -> ClockEvent:
    turn, so_far = clock.turns[index], clock.turns[: index + 1]
    head = _head(clock, turn.at) | {"caused_by": turn.cause, "learned_at": moment(turn.learned_at)}
    remaining = _terms(so_far).rule.target_seconds - turn.elapsed
    due = _moment(deadline_of(so_far))
    match turn.kind:
        case TurnKind.STARTED:
            return sla.ClockStarted(**head, terms=terms_said(turn), deadline=due)
        case TurnKind.PAUSED:
            left = {"elapsed_seconds": turn.elapsed, "remaining_seconds": remaining}
            return sla.ClockPaused(**head, **left, reasons=turn.why)
        case TurnKind.RESUMED:
            left = {"elapsed_seconds": turn.elapsed, "remaining_seconds": remaining}
            return sla.ClockResumed(**head, **left, deadline=due)
        case TurnKind.MET:
            left = {"elapsed_seconds": turn.elapsed, "remaining_seconds": remaining}
            return sla.ClockMet(**head, **left, in_time=in_time(so_far))
        case TurnKind.CANCELLED:
            return sla.ClockCancelled(**head, elapsed_seconds=turn.elapsed, reason=CancelReason(turn.why[0]))
        case TurnKind.RETARGETED:
            return sla.ClockRetargeted(
                **head,
                reason=_retargeted(clock, index),
                elapsed_seconds=turn.elapsed,
                terms=terms_said(turn),
                on_change=sla.OnChange(turn.why[0]),
                deadline_before=_moment(deadline_of(clock.turns[:index])),
                deadline=due,
            )


def _retargeted(clock: Clock, index: int) -> RetargetReason:
    """By a change in flight a clock goes on by the edition that it had."""
    before, after = _terms(clock.turns[:index]), _terms(clock.turns[: index + 1])
    same = (before.policy, before.policy_version) == (after.policy, after.policy_version)
    return RetargetReason.CHANGED if same else RetargetReason.MIGRATED


def _corrected(before: Sequence[Turn], clock: Clock, cause: tuple[str, int]) -> Said:
    """It happened when the late fact became known."""
    event_id, recorded_at = cause
    last = clock.turns[-1]
    return Said(
        sla.ClockRetargeted(
            **_head(clock, recorded_at),
            caused_by=event_id,
            learned_at=moment(recorded_at),
            reason=RetargetReason.CORRECTED,
            elapsed_seconds=last.elapsed,
            terms=terms_said(next(turn for turn in reversed(clock.turns) if turn.terms is not None)),
            deadline_before=_moment(deadline_of(before)),
            deadline=_moment(deadline_of(clock.turns)),
            in_time=in_time(clock.turns) if last.kind is TurnKind.MET else None,
            turns=turns_said(clock.turns),
        ),
        event_id,
        last.live,
    )


def _retracted(clock: Clock, cause: tuple[str, int]) -> tuple[list[Said], tuple[Mark, ...]]:
    """What was said and would not be said now; it is no longer marked."""
    if not clock.marks:
        return [], ()
    true = {Mark(crossing.name, crossing.at) for crossing in crossings(clock.turns)}
    wrong = [mark for mark in clock.marks if mark not in true]
    return [_retraction(clock, mark, cause) for mark in wrong], tuple(mark for mark in clock.marks if mark in true)


def _retraction(clock: Clock, mark: Mark, cause: tuple[str, int]) -> Said:
    event_id, recorded_at = cause
    head = _head(clock, recorded_at) | {"caused_by": event_id}
    event: ClockEvent
    if mark.name == BREACH:
        event = sla.SlaBreachRetracted(**head, breached_at=moment(mark.at))
    else:
        event = sla.SlaWarningRetracted(**head, warning=mark.name, warned_at=moment(mark.at))
    return Said(event, event_id, clock.live)


def _superseded(clock: Clock, cause: tuple[str, int]) -> tuple[list[Said], Clock]:
    """It never ran, as is known now."""
    event_id, recorded_at = cause
    why = (CancelReason.SUPERSEDED.value,)
    last = clock.turns[-1]
    if last.kind is TurnKind.CANCELLED and last.why == why:
        return [], clock
    elapsed = elapsed_at(clock.turns, max(recorded_at, clock.started_at)) if clock.ended_at is None else last.elapsed
    turn = Turn(TurnKind.CANCELLED, recorded_at, event_id, elapsed, why=why, learned_at=recorded_at, live=clock.live)
    turns = [turn for turn in clock.turns if clock.ended_at is None or turn is not last]
    over = replace(clock, turns=[*turns, turn], marks=())
    said = [Said(_event(over, len(turns)), event_id, clock.live)]
    return [*said, *(_retraction(clock, mark, cause) for mark in clock.marks)], over


def _in_order(said: Sequence[Said]) -> list[Said]:
    """By their moments; but what is said of one clock stays in its order, for it may end before it was to begin."""
    latest: dict[str, datetime] = {}
    order: list[datetime] = []
    for each in said:
        event = each.event
        assert isinstance(event, sla.ClockFact)
        order.append(max(event.at, latest.get(event.clock_id, event.at)))
        latest[event.clock_id] = order[-1]
    return [each for _, each in sorted(zip(order, said, strict=True), key=lambda pair: pair[0])]


def _head(clock: Clock, at: int) -> dict[str, Any]:
    return {
        "at": moment(at),
        "by": ACTOR,
        "clock_id": clock.clock_id,
        "metric": clock.metric,
        "cycle": clock.cycle,
    }


def _terms(turns: Sequence[Turn]) -> Terms:
    return next(turn.terms for turn in reversed(turns) if turn.terms is not None)


def _moment(instant: int | None) -> datetime | None:
    return None if instant is None else moment(instant)
