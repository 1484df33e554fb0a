"""Cases of a policy: what its clocks make of the events of a ticket."""

from collections.abc import Iterator, Sequence
from typing import Final

from shared_events.contracts.sla import TurnKind
from sla_svc.domain.calendars.calendar import OutsideRange
from sla_svc.domain.cases.document import CaseDocument, ClockExpected
from sla_svc.domain.cases.moments import NEVER, NONE, PAUSED, Moment
from sla_svc.domain.cases.verdicts import Check, Verdict
from sla_svc.domain.clocks.clock import BREACH, ENDS, Clock
from sla_svc.domain.clocks.deadlines import deadline_of, elapsed_at, pending
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.policies.durations import as_written
from sla_svc.domain.rulebook import Edition, Rulebook

FAR_SECONDS: Final = 20 * 366 * 86_400
"""A case that names no moment until which it lasts goes on for so long after its last event: twenty years."""


def judged(case: CaseDocument, edition: Edition) -> Verdict:
    """What the policy makes of it."""
    try:
        return Verdict(case.name, tuple(_Judged(case, edition).checks()))
    except OutsideRange as outside:
        return Verdict(case.name, (Check("clocks", "moments that the calendars reckon with", str(outside)),))


class _Judged:
    """The clocks of one case, and the last moment that it knows of."""

    def __init__(self, case: CaseDocument, edition: Edition) -> None:
        assert case.events is not None, "a case of a policy has events"
        last = max(event.at.instant for event in case.events)
        until = last + FAR_SECONDS if case.until is None else case.until.instant
        facts = [event.observed(number) for number, event in enumerate(case.events, 1)]
        known = [fact for fact in facts if fact.at <= until]
        self._case = case
        self._until = until
        self._by = last if case.until is None else until
        self._clocks = judge(known, Rulebook([edition]), METRICS, until)
        self._like = case.events[0].at

    def checks(self) -> Iterator[Check]:
        """In the order of the file's description."""
        for expected in self._case.clocks or ():
            yield from self._clock_checks(expected)
        for metric, deadline in (self._case.deadlines or {}).items():
            yield self._deadline_check(f"deadline of {metric}", deadline, self._clock(metric, None))
        if self._case.warnings is not None:
            warnings = [(each.at, f"{each.metric} {each.warning}") for each in self._case.warnings]
            yield self._said_check("warnings", warnings, self._said(warnings=True))
        if self._case.breaches is not None:
            breaches = [(each.at, each.metric) for each in self._case.breaches]
            yield self._said_check("breaches", breaches, self._said(warnings=False))

    def _clock(self, metric: str, cycle: int | None) -> Clock | None:
        found = [clock for clock in self._clocks if clock.metric == metric and cycle in {None, clock.cycle}]
        return found[-1] if found else None

    def _clock_checks(self, expected: ClockExpected) -> Iterator[Check]:
        clock = self._clock(expected.metric, expected.cycle)
        name = expected.metric if expected.cycle is None else f"{expected.metric} (cycle {expected.cycle})"
        if clock is None:
            yield Check(name, "a clock", NONE)
            return
        yield Check(name, "a clock", "a clock")
        rule = clock.terms.rule
        if expected.row is not None:
            yield Check(f"row of {name}", expected.row, rule.row)
        if expected.calendar is not None:
            yield Check(f"calendar of {name}", expected.calendar, rule.calendar)
        if expected.started is not None:
            yield Check(f"start of {name}", str(expected.started), expected.started.shown(clock.started_at))
        if expected.deadline is not None:
            yield self._deadline_check(f"deadline of {name}", expected.deadline, clock)
        if expected.state is not None:
            yield Check(f"state of {name}", expected.state, clock.state)
        if expected.ended is not None:
            yield Check(f"end of {name}", str(expected.ended), self._shown(clock.ended_at, expected.ended))
        if expected.elapsed is not None:
            found = elapsed_at(clock.turns, max(self._by, clock.started_at))
            yield Check(f"elapsed of {name}", as_written(expected.elapsed), as_written(found))

    def _deadline_check(self, what: str, expected: Moment | str, clock: Clock | None) -> Check:
        if clock is None:
            return Check(what, str(expected), NONE)
        turns = clock.turns[:-1] if clock.turns[-1].kind in ENDS else clock.turns
        found = deadline_of(turns)
        if found is not None:
            return Check(what, str(expected), self._shown(found, expected))
        return Check(what, str(expected), PAUSED if turns[-1].kind is TurnKind.PAUSED else NEVER)

    def _shown(self, found: int | None, expected: Moment | str) -> str:
        like = expected if isinstance(expected, Moment) else self._like
        return NONE if found is None else like.shown(found)

    def _said(self, *, warnings: bool) -> list[tuple[int, str]]:
        return [
            (crossing.at, f"{clock.metric} {crossing.name}" if warnings else clock.metric)
            for clock in self._clocks
            if clock.metric in self._case.metrics()
            for crossing in pending(clock)
            if crossing.at <= self._until and (crossing.name != BREACH) is warnings
        ]

    def _said_check(self, what: str, expected: Sequence[tuple[Moment, str]], found: list[tuple[int, str]]) -> Check:
        like = expected[0][0] if expected else self._like
        wanted = sorted((at.instant, name) for at, name in expected)
        return Check(what, _listed(wanted, like), _listed(sorted(found), like))


def _listed(said: Sequence[tuple[int, str]], like: Moment) -> str:
    return ", ".join(f"{name} at {like.shown(at)}" for at, name in said) or NONE
