"""All that there is to say of a clock at a moment: how it stands, by which rules, and whose time it was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sla_svc.domain.attribution import Share, held, shares
from sla_svc.domain.clocks.clock import BREACH, ENDS, Clock, Mark, State, Turn
from sla_svc.domain.clocks.deadlines import breached_at, in_time, known_breach
from sla_svc.domain.explaining.cutting import told
from sla_svc.domain.explaining.segments import Segment, segments_of
from sla_svc.domain.facts import Observed

_FOR_EVER: Final = 1 << 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`segments` that count add up to `elapsed`, and so does `whole`; `overrun` to what that has beyond the target."""

    clock: Clock
    elapsed: int
    deadline: int | None
    """When it is, or was, over its target as it ran last; none of one that stands still before that, or for ever."""
    breached_at: int | None
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
        segments = segments_of(clock, waits, until)
        target = clock.terms.rule.target_seconds
        found.append(
            Explanation(
                clock=clock,
                elapsed=sum(segment.seconds for segment in segments if segment.counted),
                deadline=_deadline(clock),
                breached_at=known_breach(clock),
                in_time=in_time(clock.turns) if clock.state is State.MET else None,
                warned=[mark for mark in clock.marks if mark.name != BREACH],
                rules=[turn for turn in clock.turns if turn.terms is not None],
                segments=segments,
                whole=shares(segments, holders),
                overrun=shares(segments, holders, beyond_seconds=target),
            )
        )
    return found


def _deadline(clock: Clock) -> int | None:
    """What it was measured against stays worth knowing when it is over."""
    turns = [turn for turn in clock.turns if turn.kind not in ENDS]
    return breached_at(replace(clock, turns=turns), _FOR_EVER)
