"""Moving the running clocks of a ticket to another version of the policy, by an event of its own (design §5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared_events.contracts.sla import ClockEvent, ClockStarted, OnChange, PolicyMigrated, Terms
from shared_events.decider import Command, Decider, Refused
from sla_svc.domain.clocks.clock import Clock
from sla_svc.domain.clocks.deadlines import breached_at, deadline_of
from sla_svc.domain.clocks.judging import MIGRATED, judge
from sla_svc.domain.facts import Observed, microseconds
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.rulebook import Rulebook

UNKNOWN_ID: Final = "preview"


class Refusal(StrEnum):
    """Why clocks are not moved."""

    NO_CLOCKS = "SLA knows no clocks of this ticket."


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateClocks(Command):
    """`policy` in `policy_version` is in the rulebook."""

    policy: str
    policy_version: str
    on_change: OnChange


@dataclass(frozen=True, slots=True)
class Moves:
    """What a ticket was moved to last, unless clocks have started by something else since."""

    has_clocks: bool = False
    last: PolicyMigrated | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A clock that goes by other terms afterwards."""

    clock_id: str
    metric: str
    cycle: int
    row_before: str
    row_after: str
    deadline_before: int | None
    deadline_after: int | None
    is_breached_by_it: bool = False
    """It would be over its target at once: a breach of which nobody is told."""


def decide(command: MigrateClocks, moves: Moves) -> Sequence[ClockEvent]:
    """Moving to where a ticket was moved last changes nothing."""
    if not moves.has_clocks:
        raise Refused(Refusal.NO_CLOCKS)
    last = moves.last
    if last is not None and _version(last) == _version(command):
        return []
    migrated = PolicyMigrated(
        at=command.at,
        by=command.by,
        policy=command.policy,
        policy_version=command.policy_version,
        on_change=command.on_change,
    )
    return [migrated]


def evolve(moves: Moves, event: ClockEvent) -> Moves:
    """Clock events only say that there are clocks, and by which version those go that start after a move."""
    last = moves.last
    match event:
        case PolicyMigrated():
            last = event
        case ClockStarted(terms=terms) if last is not None and _version(last) != _version(terms):
            last = None
        case _:
            pass
    return Moves(has_clocks=True, last=last)


DECIDER: Final[Decider[MigrateClocks, ClockEvent, Moves]] = Decider(initial=Moves(), decide=decide, evolve=evolve)


def preview(
    facts: Sequence[Observed], rulebook: Rulebook, metrics: Mapping[str, Metric], command: MigrateClocks, *, now: int
) -> list[Moved]:
    """The clocks that the move would retarget."""
    move = Observed(
        at_microseconds=microseconds(command.at),
        source="sla",
        version=2**31,
        event_id=UNKNOWN_ID,
        kind=MIGRATED,
        recorded_at=now,
        live=True,
        by=command.by,
        data={
            "policy": command.policy,
            "policy_version": command.policy_version,
            "on_change": command.on_change.value,
        },
    )
    before = {clock.clock_id: clock for clock in judge(facts, rulebook, metrics, now)}
    after = judge([*facts, move], rulebook, metrics, now)
    # By their terms, not their turns: a clock that has not run for a second yet just starts with other terms. And one
    # may begin because another is overdue by its new terms.
    known = [(before[clock.clock_id], clock) for clock in after if clock.clock_id in before]
    return [_moved(old, new, now=now) for old, new in known if new.terms != old.terms]


def is_running_otherwise(clock: Clock, policy: str, version: str) -> bool:
    """Whether a move to this version concerns it."""
    return clock.ended_at is None and (clock.terms.policy, clock.terms.policy_version) != (policy, version)


def _version(named: PolicyMigrated | MigrateClocks | Terms) -> tuple[str, str]:
    return named.policy, named.policy_version


def _moved(before: Clock, after: Clock, *, now: int) -> Moved:
    return Moved(
        clock_id=after.clock_id,
        metric=after.metric,
        cycle=after.cycle,
        row_before=before.terms.rule.row,
        row_after=after.terms.rule.row,
        deadline_before=deadline_of(before.turns),
        deadline_after=deadline_of(after.turns),
        is_breached_by_it=breached_at(before, now) is None and breached_at(after, now) is not None,
    )
