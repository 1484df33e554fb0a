"""The rows that show clocks to those who ask for many of them."""

from collections.abc import Mapping, Sequence
from typing import Final

from sla_svc.domain.clocks.clock import Clock, State
from sla_svc.domain.clocks.deadlines import deadline_of, in_time, known_breach
from sla_svc.domain.facts import Observed, moment
from sla_svc.domain.metrics.metric import Metric
from sla_svc.ports import ClockRow

CLASSIFIED: Final = "ConsultationClassified"
"""The kind of the only facts that change rows of clocks to which nothing happens."""


def clock_rows(clocks: Sequence[Clock], facts: Sequence[Observed], metrics: Mapping[str, Metric]) -> list[ClockRow]:
    """One each, in their order."""
    classified = [fact for fact in facts if fact.kind == CLASSIFIED]
    category = max(classified, key=lambda fact: fact.place).data["category"] if classified else None
    return [_row(clock, category, metrics.get(clock.metric)) for clock in clocks]


def _row(clock: Clock, category: str | None, metric: Metric | None) -> ClockRow:
    terms, last = clock.terms, clock.turns[-1]
    ended_at, deadline, breached = clock.ended_at, deadline_of(clock.turns), known_breach(clock)
    return ClockRow(
        clock_id=clock.clock_id,
        metric=clock.metric,
        cycle=clock.cycle,
        tier=None if metric is None else metric.tier,
        category=category,
        policy=terms.policy,
        policy_version=terms.policy_version,
        policy_row=terms.rule.row,
        calendar=terms.calendar.name,
        started_at=moment(clock.started_at),
        deadline=None if deadline is None else moment(deadline),
        ended_at=None if ended_at is None else moment(ended_at),
        state=clock.state.value,
        elapsed_seconds=last.elapsed,
        target_seconds=terms.rule.target_seconds,
        breached_at=None if breached is None else moment(breached),
        in_time=in_time(clock.turns) if clock.state is State.MET else None,
    )
