"""Between the clocks and the events that tell of them: terms and turns, there and back."""

from collections.abc import Callable, Sequence

from shared_events.contracts import sla
from shared_events.contracts.sla import TurnKind
from sla_svc.domain.clocks.clock import Turn
from sla_svc.domain.facts import moment, seconds
from sla_svc.domain.rulebook import Terms

FindTerms = Callable[[str, str, str, str], Terms]
"""From a policy, its version, a metric and a row to the terms that were pinned."""


def terms_said(turn: Turn) -> sla.Terms:
    """What the clock is measured by, and why by that."""
    terms = turn.terms
    assert terms is not None, "a turn that begins a leg has terms"
    rule = terms.rule
    return sla.Terms(
        policy=terms.policy,
        policy_version=terms.policy_version,
        row=rule.row,
        calendar=rule.calendar,
        calendar_version=terms.calendar.version,
        target_seconds=rule.target_seconds,
        start=rule.start,
        stop=rule.stop,
        pauses=tuple(sorted(rule.pauses)),
        warnings=tuple(sla.Notice(name=each.name, after_seconds=each.elapsed_seconds) for each in rule.warnings),
        raise_urgency=rule.raise_urgency,
        escalate=rule.escalate,
        passed=turn.passed,
    )


def turns_said(turns: Sequence[Turn]) -> tuple[sla.Turn, ...]:
    """All of them, for a clock that is told again."""
    return tuple(
        sla.Turn(
            kind=turn.kind,
            moment=moment(turn.at),
            caused_by=turn.cause,
            elapsed_seconds=turn.elapsed,
            learned_at=moment(turn.learned_at),
            live=turn.live,
            terms=None if turn.terms is None else terms_said(turn),
            on_change=sla.OnChange(turn.why[0]) if turn.kind is TurnKind.RETARGETED else None,
            reasons=turn.why if turn.kind in {TurnKind.PAUSED, TurnKind.CANCELLED} else (),
        )
        for turn in turns
    )


def turn_read(said: sla.Turn, metric: str, find: FindTerms) -> Turn:
    """As `turns_said` wrote it."""
    return Turn(
        kind=said.kind,
        at=seconds(said.moment),
        cause=said.caused_by,
        elapsed=said.elapsed_seconds,
        terms=None if said.terms is None else terms_read(said.terms, metric, find),
        why=said.reasons if said.on_change is None else (said.on_change.value,),
        learned_at=seconds(said.learned_at),
        live=said.live,
        passed=() if said.terms is None else said.terms.passed,
    )


def terms_read(said: sla.Terms, metric: str, find: FindTerms) -> Terms:
    """The rulebook's own object for them."""
    return find(said.policy, said.policy_version, metric, said.row)
