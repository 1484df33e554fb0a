"""How the clocks of a ticket go by all that is known of it: the same whatever the order in which it became known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from shared_events.contracts.sla import CancelReason, OnChange
from sla_svc.domain.clocks.clock import Clock
from sla_svc.domain.clocks.deadlines import overdue_at
from sla_svc.domain.clocks.turns import Course, End, Leg, turns_of
from sla_svc.domain.facts import Observed, in_order
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.rulebook import Edition, Rulebook, Terms
from sla_svc.domain.story import Story, Waiting

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


@dataclass(frozen=True, slots=True)
class _Start:
    """A clock would start at these moments, by the anchor that the policy chooses.

    `edition`: it did, and was cancelled because no rule applied any more; it would go by that edition again.
    """

    moments: Mapping[str, int]
    cause: Observed
    learned_at: int
    edition: Edition | None = None
    stopped: frozenset[str] = frozenset()
    """What such a clock may wait for and has happened."""


@dataclass(frozen=True, slots=True)
class _Overdue:
    """When a clock that others are chained to is over its target, as long as these last parts of it stay the same."""

    leg: Leg
    wait: Waiting | None
    end: End | None
    at: int | None


class _Judging:
    """One walk through the facts."""

    def __init__(self, rulebook: Rulebook, metrics: Mapping[str, Metric]) -> None:
        self.story = Story()
        self._rulebook = rulebook
        self._metrics = metrics
        self._chained: Sequence[Metric] = ()
        """The metrics that other clocks start and that a policy knows for such a ticket."""
        self._listeners: dict[str, Sequence[Metric]] = {}
        self._courses: list[Course] = []
        self._open: dict[str, dict[str, Course]] = {name: {} for name in metrics}
        """By the metric and the key, as those below."""
        self._had: dict[str, set[str]] = {name: set() for name in metrics}
        self._waiting: dict[str, dict[str, _Start]] = {name: {} for name in metrics}
        self._overdue: dict[str, _Overdue] = {}
        self._learned_at = 0
        """When the last of what a policy may ask about became known."""

    def take(self, fact: Observed) -> None:
        """Go on by one fact."""
        self.start_chained(fact.at)
        self.story.tell(fact)
        if self.story.changed:
            self._learned_at = max(self._learned_at, fact.recorded_at)
            self._chained = [metric for metric in self._metrics.values() if metric.chained_to and self._exists(metric)]
        listeners = self._listening(fact.kind)
        # What a clock waited for stops it by the terms that it had until then.
        for metric in listeners:
            self._stop(metric, fact)
        if fact.kind == MIGRATED:
            self._migrate(fact)
        elif self.story.changed:
            self._match_again(fact)
        for metric in listeners:
            self._start(metric, fact)
        if self.story.changed:
            self._begin_what_waits(fact)
        self.start_chained(fact.at + 1)

    def clocks(self) -> list[Clock]:
        """The clocks with their turns, numbered in the order of their beginnings; within a second as the facts came."""
        numbers: dict[str, int] = {}
        clocks: list[Clock] = []
        for course in sorted(self._courses, key=lambda course: course.legs[0].at):
            numbers[course.metric] = number = numbers.get(course.metric, 0) + 1
            turns = turns_of(course, self.story.waits)
            clocks.append(Clock(course.clock_id, course.metric, number, turns))
        return clocks

    def start_chained(self, before: int) -> None:
        """What starts with another clock's stop or deadline, if that was before this moment.

        Once it has run, or the ticket was reopened, only another reopening starts it.
        """
        if not self.story.is_open:
            return
        for metric in self._chained:
            if not self._had[metric.name] and not self._waiting[metric.name]:
                self._chain(metric, before)

    def _exists(self, metric: Metric) -> bool:
        rulebook, attributes = self._rulebook, self.story.attributes
        return any(rulebook.terms(edition, metric.name, attributes) is not None for edition in rulebook.editions())

    def _chain(self, metric: Metric, before: int) -> None:
        """A response in time, or else the moment by which it was due."""
        earlier = self._latest(metric.chained_to)
        if earlier is None:
            return
        end, due = earlier.end, self._due(earlier)
        at = min((moment for moment in (due, None if end is None else end.at) if moment is not None), default=before)
        if at >= before:
            return
        cause = end.cause if end is not None and end.at == at else earlier.legs[0].cause
        terms = self._rulebook.terms(self._rulebook.in_force(at), metric.name, self.story.attributes)
        if terms is not None:
            self._begin(metric, "", self._leg(terms, at, cause))

    def _latest(self, metric: str | None) -> Course | None:
        """The last clock of the metric that was not cancelled."""
        courses = (course for course in reversed(self._courses) if course.metric == metric)
        return next((course for course in courses if course.end is None or course.end.cancelled is None), None)

    def _due(self, course: Course) -> int | None:
        """Reckoned again only if something has happened to the clock."""
        leg, end = course.legs[-1], course.end
        wait = self.story.waits[-1] if self.story.waits else None
        known = self._overdue.get(course.clock_id)
        if known is None or known.leg is not leg or known.wait is not wait or known.end is not end:
            at = overdue_at(turns_of(course, self.story.waits))
            known = self._overdue[course.clock_id] = _Overdue(leg, wait, end, at)
        return known.at

    def _listening(self, kind: str) -> Sequence[Metric]:
        listeners = self._listeners.get(kind)
        if listeners is None:
            metrics = self._metrics.values()
            listeners = [metric for metric in metrics if metric.hears is None or kind in metric.hears]
            self._listeners[kind] = listeners
        return listeners

    def _start(self, metric: Metric, fact: Observed) -> None:
        key = metric.key(fact)
        if key in self._open[metric.name] or (metric.only_once and key in self._had[metric.name]):
            return
        moments = {name: at for name, anchor in metric.starts.items() if (at := anchor(fact, self.story)) is not None}
        if moments:
            from_contact = self.story.contacted_at in moments.values()
            learned_at = max(fact.recorded_at, self.story.corrected_at if from_contact else 0)
            start = self._waiting[metric.name][key] = _Start(moments, fact, learned_at)
            self._begin_if_it_applies(metric, key, start)

    def _begin_what_waits(self, fact: Observed) -> None:
        for name, waiting in self._waiting.items():
            for key, start in list(waiting.items()):
                if start.edition is None:
                    self._begin_if_it_applies(self._metrics[name], key, start)
                else:
                    self._begin_again(self._metrics[name], key, start, fact)

    def _begin_if_it_applies(self, metric: Metric, key: str, start: _Start) -> None:
        """The policy may name an anchor by which the clock does not start here; or say later that there is one.

        What is planned goes by what is in force when it is planned: a publication later changes no clock that was told.
        """
        first, last = next(iter(metric.starts)), next(iter(metric.stops))
        found: Leg | None = None
        for name, at in start.moments.items():
            edition = self._rulebook.in_force(min(at, start.cause.at))
            terms = self._rulebook.terms(edition, metric.name, self.story.attributes)
            if terms is None or (terms.rule.stop or last) in start.stopped:
                continue
            anchor = terms.rule.start or first
            if anchor == name or (found is None and anchor in start.moments):
                found = self._leg(terms, start.moments[anchor], start.cause, start.learned_at)
            if anchor == name:
                break
        if found is not None:
            self._begin(metric, key, found)

    def _begin_again(self, metric: Metric, key: str, start: _Start, fact: Observed) -> None:
        """A change let a rule apply again: the change starts a clock, of which the rule says from when it counts."""
        edition = start.edition
        assert edition is not None, "such a clock ran before"
        terms = self._rulebook.terms(edition, metric.name, self.story.attributes)
        if terms is not None and (terms.rule.stop or next(iter(metric.stops))) not in start.stopped:
            at = fact.at if terms.rule.on_change is OnChange.RESTART else start.moments[""]
            self._begin(metric, key, self._leg(terms, at, fact, start.learned_at))

    def _leg(self, terms: Terms, at: int, cause: Observed, learned_at: int = 0) -> Leg:
        """The first of a clock."""
        learned_at = max(learned_at, cause.recorded_at, self._learned_at)
        passed = self._rulebook.passed_over(terms, self.story.attributes)
        return Leg(at, terms, cause, learned_at, passed=passed)

    def _begin(self, metric: Metric, key: str, leg: Leg) -> None:
        clock_id = "/".join(part for part in (metric.name, leg.cause.event_id, key) if part)
        course = Course(clock_id, metric.name, [leg])
        self._courses.append(course)
        self._open[metric.name][key] = course
        self._had[metric.name].add(key)
        self._waiting[metric.name].pop(key, None)

    def _stop(self, metric: Metric, fact: Observed) -> None:
        """Of a metric with several clocks a fact without a key concerns all."""
        running, waiting = self._open[metric.name], self._waiting[metric.name]
        if not running and not waiting:
            return
        which = metric.key(fact)
        ends = metric.ends(fact, self.story)
        stopped = {name for name, anchor in metric.stops.items() if anchor(fact, self.story) is not None}
        for key in [key for key in running if which in {"", key}]:
            is_met = (running[key].terms.rule.stop or next(iter(metric.stops))) in stopped
            if is_met or ends is not None:
                running.pop(key).end = End(fact.at, fact, None if is_met else ends)
        for key in [key for key in waiting if which in {"", key}]:
            start = waiting[key] = replace(waiting[key], stopped=waiting[key].stopped | stopped)
            if ends is not None or len(start.stopped) == len(metric.stops):
                del waiting[key]

    def _match_again(self, fact: Observed) -> None:
        """Something changed in flight: a clock that was already running goes by the edition that it started with."""
        for name, running in self._open.items():
            for key, course in list(running.items()):
                edition = self._edition_of(course)
                terms = self._rulebook.terms(edition, name, self.story.attributes)
                if terms is None:
                    running.pop(key).end = End(fact.at, fact, CancelReason.NOT_APPLICABLE)
                    leg = course.legs[0]
                    self._waiting[name][key] = _Start({"": leg.at}, leg.cause, leg.learned_at, edition)
                elif terms is not course.terms:
                    course.retarget(self._change(terms, fact, terms.rule.on_change))

    def _migrate(self, fact: Observed) -> None:
        edition = self._rulebook.edition(fact.data["policy"], fact.data["policy_version"])
        if edition is None:
            raise LookupError(f"{fact.data['policy']} {fact.data['policy_version']} is not in the rulebook")
        on_change = OnChange(fact.data["on_change"])
        for course in (course for running in self._open.values() for course in running.values()):
            terms = self._rulebook.terms(edition, course.metric, self.story.attributes)
            if terms is not None and terms is not course.terms:
                course.retarget(self._change(terms, fact, on_change))

    def _change(self, terms: Terms, fact: Observed, on_change: OnChange) -> Leg:
        passed = self._rulebook.passed_over(terms, self.story.attributes)
        return Leg(fact.at, terms, fact, fact.recorded_at, on_change, passed)

    def _edition_of(self, course: Course) -> Edition:
        edition = self._rulebook.edition(course.terms.policy, course.terms.policy_version)
        assert edition is not None, "the clock goes by it"
        return edition
