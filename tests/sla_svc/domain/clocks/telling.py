"""A ticket as SLA's process keeps it, without a database: facts come, time passes, and events say what is new."""

from collections.abc import Mapping
from dataclasses import replace

from sla_svc.domain.clocks.clock import Clock, Mark
from sla_svc.domain.clocks.deadlines import Crossing, pending
from sla_svc.domain.clocks.differences import Said, crossed, difference
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.clocks.restoring import Told, restored
from sla_svc.domain.facts import Observed
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.rulebook import Rulebook
from tests.sla_svc.domain.scene import at


class Telling:
    """What was said of a ticket, and its clocks as they stand."""

    def __init__(self, rulebook: Rulebook, metrics: Mapping[str, Metric] = METRICS) -> None:
        self.rulebook = rulebook
        self._metrics = metrics
        self._start_others = {metric.chained_to for metric in metrics.values()}
        self._facts: list[Observed] = []
        self._now = 0
        self.clocks: list[Clock] = []
        self.said: list[Said] = []

    def take(self, *facts: Observed) -> list[str]:
        """The types of the events that they lead to."""
        self._facts += facts
        return self._judge((facts[-1].event_id, facts[-1].recorded_at))

    def pass_to(self, when: str | int) -> list[str]:
        """The types of the events that fall due until then, each fired at its moment."""
        self._now = when if isinstance(when, int) else at(when)
        told: list[str] = []
        while due := self._due():
            index, crossing = due
            metric = self.clocks[index].metric
            said, self.clocks[index] = crossed(self.clocks[index], crossing)
            self.said.append(said)
            told.append(_name(said))
            if metric in self._start_others:
                told += self._judge((said.cause, crossing.at), until=crossing.at)
        return told + self._judge(("", self._now))

    def again(self) -> list[str]:
        """What judging the same once more would say."""
        return self._judge((self._facts[-1].event_id, self._facts[-1].recorded_at))

    def restored(self) -> list[Clock]:
        """As the events tell of them."""
        told = [Told(said.event, said.live) for said in self.said]
        return restored(told, self.rulebook.terms_of)

    def clock(self, metric: str, cycle: int = 1) -> Clock:
        """The one that is meant; what was superseded does not count."""
        (clock,) = (each for each in self.named(metric) if each.cycle == cycle)
        return clock

    def named(self, metric: str) -> list[Clock]:
        """Those that ran."""
        return [clock for clock in self.clocks if clock.metric == metric and not clock.is_superseded]

    def _due(self) -> tuple[int, Crossing] | None:
        pairs = [(index, crossing) for index, clock in enumerate(self.clocks) for crossing in pending(clock)]
        return min((pair for pair in pairs if pair[1].at <= self._now), key=lambda pair: pair[1].at, default=None)

    def _judge(self, cause: tuple[str, int], until: int | None = None) -> list[str]:
        horizon = self._now if until is None else until
        found = difference(self.clocks, judge(self._facts, self.rulebook, self._metrics, horizon), cause)
        self.said += found.said
        self.clocks = list(found.clocks)
        return [_name(said) for said in found.said]


def standing(clocks: list[Clock], *, marks: bool = True) -> dict[str, Clock]:
    """To compare: what never ran is left out, and marks are in the order of their moments."""
    return {
        clock.clock_id: replace(
            clock,
            turns=list(clock.turns),
            marks=tuple(sorted(clock.marks, key=_order)) if marks else (),
        )
        for clock in clocks
        if not clock.is_superseded
    }


def _order(mark: Mark) -> tuple[int, str]:
    return mark.at, mark.name


def _name(said: Said) -> str:
    return type(said.event).__name__
