"""What would have been, by other rules: the clocks of a ticket as they were judged, beside those of a draft."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sla_svc.domain.clocks.clock import Clock, State
from sla_svc.domain.clocks.deadlines import breached_at, elapsed_at


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a clock stands by one set of rules; `over_seconds` were counted beyond the target."""

    is_breached: bool
    over_seconds: int
    counted_seconds: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A clock that is breached by one set of rules and not by the other."""

    ticket_id: str
    metric: str
    cycle: int
    over_seconds_before: int
    over_seconds_after: int


@dataclass(slots=True)
class Comparison:
    """Of one metric over many tickets; cancelled clocks count nowhere."""

    metric: str
    clocks_before: int = 0
    clocks_after: int = 0
    breaches_before: int = 0
    breaches_after: int = 0
    over_seconds_before: int = 0
    over_seconds_after: int = 0
    gained: list[Changed] = field(default_factory=list)
    """Clocks that would be breached, and were not."""
    lost: list[Changed] = field(default_factory=list)
    """Clocks that were breached, and would not be."""


def compare(
    comparisons: dict[str, Comparison], ticket_id: str, before: Sequence[Clock], after: Sequence[Clock], *, now: int
) -> None:
    """Add a ticket."""
    outcomes = _outcomes(before, now), _outcomes(after, now)
    for key in sorted({*outcomes[0], *outcomes[1]}):
        metric, cycle = key
        comparison = comparisons.setdefault(metric, Comparison(metric))
        old, new = outcomes[0].get(key), outcomes[1].get(key)
        comparison.clocks_before += old is not None
        comparison.clocks_after += new is not None
        was, would = _breached(old), _breached(new)
        comparison.breaches_before += was
        comparison.breaches_after += would
        over = _over(old), _over(new)
        comparison.over_seconds_before += over[0]
        comparison.over_seconds_after += over[1]
        if was is not would:
            (comparison.gained if would else comparison.lost).append(Changed(ticket_id, metric, cycle, *over))


def outcome_of(clock: Clock, now: int) -> Outcome:
    """How a clock stands at this moment."""
    end = clock.ended_at
    counted = clock.turns[-1].elapsed if end is not None else elapsed_at(clock.turns, now)
    over = max(counted - clock.terms.rule.target_seconds, 0)
    return Outcome(breached_at(clock, now) is not None, over, counted)


def _outcomes(clocks: Sequence[Clock], now: int) -> dict[tuple[str, int], Outcome]:
    """By metric and cycle: another policy may start a clock from another event."""
    live = [clock for clock in clocks if clock.state is not State.CANCELLED]
    return {(clock.metric, clock.cycle): outcome_of(clock, now) for clock in live}


def _breached(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.is_breached


def _over(outcome: Outcome | None) -> int:
    return 0 if outcome is None else outcome.over_seconds
