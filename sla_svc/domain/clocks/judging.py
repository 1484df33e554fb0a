"""How the clocks of a ticket go by all that is known of it: the same whatever the order in which it became known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from shared_events.contracts.sla import CancelReason, OnChange
from sla_svc.domain.clocks.clock import BREACH, Clock
from sla_svc.domain.clocks.deadlines import threshold_at
from sla_svc.domain.clocks.turns import Course, End, Leg, turns_of
from sla_svc.domain.facts import Observed, in_order
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.rulebook import Rulebook, Terms, passed_over
from sla_svc.domain.story import Story

MIGRATED = "PolicyMigrated"
"""The kind of SLA's own fact that moves the running clocks of a ticket to another edition."""


def judge(facts: Iterable[Observed], rulebook: Rulebook, metrics: Mapping[str, Metric], until: int) -> list[Clock]:
    """In the order of their beginnings. `until`: deadlines that start other clocks have passed up to this moment."""
    judging = _Judging(rulebook, metrics)
    ordered = in_order(facts)
    judging.story.put_right([fact for fact in ordered if fact.kind == "ConsultationCorrected"])
    for fact in ordered:
        judging.take(fact)
    judging.start_chained(until + 1)
    return judging.clocks()


_Key = tuple[str, str]
"""A metric, and which of its clocks."""


@dataclass(frozen=True, slots=True)
class _Start:
    """A clock would start at these moments, by the anchor that the policy chooses."""

    moments: Mapping[str, int]
    cause: Observed


class _Judging:
    """One walk through the facts."""

    def __init__(self, rulebook: Rulebook, metrics: Mapping[str, Metric]) -> None:
        self.story = Story()
        self._rulebook = rulebook
        self._metrics = metrics
        self._chained = [metric for metric in metrics.values() if metric.chained_to is not None]
        self._courses: list[Course] = []
        self._open: dict[_Key, Course] = {}
        self._had: set[_Key] = set()
        self._waiting: dict[_Key, _Start] = {}

    def take(self, fact: Observed) -> None:
        """Go on by one fact."""
        self.start_chained(fact.at)
        self.story.tell(fact)
        # What a clock waited for stops it by the terms that it had until then.
        for metric in self._metrics.values():
            self._stop(metric, (metric.name, metric.key(fact)), fact)
        if fact.kind == MIGRATED:
            self._migrate(fact)
        elif self.story.changed:
            self._match_again(fact)
        for metric in self._metrics.values():
            self._start(metric, (metric.name, metric.key(fact)), fact)

    def clocks(self) -> list[Clock]:
        """The clocks with their turns, numbered in the order of their beginnings."""
        numbers: dict[str, int] = {}
        clocks: list[Clock] = []
        for course in sorted(self._courses, key=lambda course: (course.legs[0].at, course.clock_id)):
            numbers[course.metric] = number = numbers.get(course.metric, 0) + 1
            turns = turns_of(course, self.story.waits)
            clocks.append(Clock(course.clock_id, course.metric, number, turns))
        return clocks

    def start_chained(self, before: int) -> None:
        """What starts with another clock's deadline, if that passes before this moment."""
        for metric in self._chained:
            key = metric.name, ""
            if key not in self._had:
                self._chain(metric, key, before)

    def _chain(self, metric: Metric, key: _Key, before: int) -> None:
        """A response in time, or else the moment by which it was due."""
        earlier = next((course for course in self._courses if course.metric == metric.chained_to), None)
        if earlier is None or not self.story.is_open:
            return
        end = earlier.end
        if end is not None and end.cancelled is not None:
            return
        due = threshold_at(turns_of(earlier, self.story.waits), BREACH)
        at = min((moment for moment in (due, None if end is None else end.at) if moment is not None), default=before)
        if at < before:
            in_time = end is not None and end.at == at
            self._begin(metric, key, at, end.cause if end is not None and in_time else earlier.legs[0].cause)

    def _start(self, metric: Metric, key: _Key, fact: Observed) -> None:
        if key in self._open or (metric.only_once and key in self._had):
            return
        if metric.chained_to is not None and key not in self._had:
            self._chain(metric, key, fact.at + 1)
            return
        starts = {name: at for name, anchor in metric.starts.items() if (at := anchor(fact, self.story)) is not None}
        if starts:
            self._waiting[key] = _Start(starts, fact)
        elif not self.story.changed:
            return
        waiting = self._waiting.get(key)
        if waiting is not None:
            self._begin_if_it_applies(metric, key, waiting)

    def _begin_if_it_applies(self, metric: Metric, key: _Key, waiting: _Start) -> None:
        """The policy may name an anchor by which the clock does not start here; or say later that there is one."""
        terms = self._terms(metric.name, next(iter(waiting.moments.values())))
        anchor = next(iter(metric.starts)) if terms is None else terms.rule.start or next(iter(metric.starts))
        if terms is not None and anchor in waiting.moments:
            self._begin(metric, key, waiting.moments[anchor], waiting.cause)

    def _begin(self, metric: Metric, key: _Key, at: int, cause: Observed) -> None:
        edition = self._rulebook.in_force(at)
        terms = self._rulebook.terms(edition, metric.name, self.story.attributes)
        if terms is None:
            return
        passed = passed_over(edition, metric.name, self.story.attributes)
        clock_id = "/".join(part for part in (metric.name, cause.event_id, key[1]) if part)
        course = Course(clock_id, metric.name, [Leg(at, terms, cause, passed=passed)])
        self._courses.append(course)
        self._open[key] = course
        self._had.add(key)
        self._waiting.pop(key, None)

    def _stop(self, metric: Metric, key: _Key, fact: Observed) -> None:
        course = self._open.get(key)
        stop = metric.stop("" if course is None else course.terms.rule.stop)
        cancelled = None if stop(fact, self.story) is not None else metric.ends(fact, self.story)
        if cancelled is None and stop(fact, self.story) is None:
            return
        self._waiting.pop(key, None)
        if course is not None:
            course.end = End(fact.at, fact, cancelled)
            del self._open[key]

    def _match_again(self, fact: Observed) -> None:
        """Something changed in flight: a clock that was already running goes by the edition that it started with."""
        for (metric, key), course in list(self._open.items()):
            edition = self._rulebook.edition(course.terms.policy, course.terms.policy_version)
            assert edition is not None, "the clock goes by it"
            terms = self._rulebook.terms(edition, metric, self.story.attributes)
            if terms is None:
                course.end = End(fact.at, fact, CancelReason.NOT_APPLICABLE)
                del self._open[metric, key]
            elif terms is not course.terms:
                passed = passed_over(edition, metric, self.story.attributes)
                _retarget(course, Leg(fact.at, terms, fact, terms.rule.on_change, passed))

    def _migrate(self, fact: Observed) -> None:
        edition = self._rulebook.edition(fact.data["policy"], fact.data["policy_version"])
        if edition is None:
            raise LookupError(f"{fact.data['policy']} {fact.data['policy_version']} is not in the rulebook")
        for (metric, _), course in self._open.items():
            terms = self._rulebook.terms(edition, metric, self.story.attributes)
            if terms is not None and terms is not course.terms:
                passed = passed_over(edition, metric, self.story.attributes)
                _retarget(course, Leg(fact.at, terms, fact, OnChange(fact.data["on_change"]), passed))

    def _terms(self, metric: str, at: int) -> Terms | None:
        return self._rulebook.terms(self._rulebook.in_force(at), metric, self.story.attributes)


def _retarget(course: Course, leg: Leg) -> None:
    """What changes before a clock has run, or twice within a second, changes what it begins with."""
    last = course.legs[-1]
    if leg.at > last.at:
        course.legs.append(leg)
    else:
        course.legs[-1] = replace(last, terms=leg.terms, passed=leg.passed)
