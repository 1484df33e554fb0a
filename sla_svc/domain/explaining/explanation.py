"""All that there is to say of a clock at a moment: how it stands, by which rules, and whose time it was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sla_svc.domain.attribution import Share, held, shares
from sla_svc.domain.calendars.calendar import Calendar
from sla_svc.domain.clocks.clock import BREACH, ENDS, Clock, Mark, State, Turn
from sla_svc.domain.clocks.deadlines import breached_at, in_time, known_breach
from sla_svc.domain.explaining.cutting import told
from sla_svc.domain.explaining.segments import Segment, segments_of
from sla_svc.domain.facts import Observed, seconds_of_text
from sla_svc.domain.rulebook import Terms

_FOR_EVER: Final = 1 << 60


@dataclass(frozen=True, slots=True)
class Breach:
    """A moment at which the clock was over its target, by the terms that it had then."""

    at: int
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`segments` that count add up to `elapsed`, and so does `whole`; `overrun` to what that has beyond the target."""

    clock: Clock
    start_corrected_by: str | None
    """The event that put right when the customer made contact, if it starts then: what started it says otherwise."""
    elapsed: int
    deadline: int | None
    """When it is, or was, over its target as it ran last; none of one that stands still before that, or for ever."""
    is_provisional: bool
    """Whether that rests on holidays that nobody has announced yet."""
    breaches: Sequence[Breach]
    """In their order: a change may give a clock more time after a breach, which may be over as well."""
    in_time: bool | None
    """None until it is met."""
    warned: Sequence[Mark]
    rules: Sequence[Turn]
    """The turns by which rules took over, the first of them at the start; with the rows that did not match."""
    segments: Sequence[Segment]
    whole: Sequence[Share]
    overrun: Sequence[Share]


def explained(clocks: Iterable[Clock], facts: Sequence[Observed], until: int) -> list[Explanation]:
    """Each of them, by the facts of their ticket that are known; running ones up to `until`."""
    waits, holders = told(facts).waits, held(facts)
    found: list[Explanation] = []
    for clock in clocks:
        segments, deadline = segments_of(clock, waits, until), _deadline(clock)
        target = clock.terms.rule.target_seconds
        found.append(
            Explanation(
                clock=clock,
                start_corrected_by=_start_corrected_by(clock, facts),
                elapsed=sum(segment.seconds for segment in segments if segment.counted),
                deadline=deadline,
                is_provisional=deadline is not None and is_provisional(deadline, clock.terms.calendar),
                breaches=_breaches(clock),
                in_time=in_time(clock.turns) if clock.state is State.MET else None,
                warned=[mark for mark in clock.marks if mark.name != BREACH],
                rules=[turn for turn in clock.turns if turn.terms is not None],
                segments=segments,
                whole=shares(segments, holders),
                overrun=shares(segments, holders, beyond_seconds=target),
            )
        )
    return found


def is_provisional(deadline: int, calendar: Calendar) -> bool:
    """Whether it rests on dates whose holidays are only computed. What is due at midnight rests on the day before."""
    return not calendar.is_known(deadline - 1)


def _start_corrected_by(clock: Clock, facts: Iterable[Observed]) -> str | None:
    corrections = [fact for fact in facts if fact.kind == "ConsultationCorrected" and "contacted_at" in fact.data]
    last = max(corrections, key=lambda fact: fact.version, default=None)
    started_at = None if last is None else seconds_of_text(last.data["contacted_at"])
    return last.event_id if last is not None and started_at == clock.started_at else None


def _breaches(clock: Clock) -> list[Breach]:
    """Those that were said; of a clock that has ended also one that nobody has said yet."""
    known = known_breach(clock)
    said = sorted(mark.at for mark in clock.marks if mark.name == BREACH) or ([] if known is None else [known])
    return [Breach(at, _terms_at(clock, at)) for at in said]


def _terms_at(clock: Clock, at: int) -> Terms:
    """What it was measured by then; of a change, what it changed to."""
    return next(turn.terms for turn in reversed(clock.turns) if turn.terms is not None and turn.at <= at)


def _deadline(clock: Clock) -> int | None:
    """What it was measured against stays worth knowing when it is over."""
    turns = [turn for turn in clock.turns if turn.kind not in ENDS]
    return breached_at(replace(clock, turns=turns), _FOR_EVER)
