"""What a metric is: what starts its clocks, what stops them, and what ends them without that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared_events.contracts.sla import CancelReason
from sla_svc.domain.facts import Observed
from sla_svc.domain.story import Story

Anchor = Callable[[Observed, Story], int | None]
"""The moment at which a fact, just told to the story, starts or stops a clock; none if it does not."""

Ending = Callable[[Observed, Story], CancelReason | None]
"""Why a fact ends a clock that has not been stopped; none if it does not."""


def one_clock(_: Observed) -> str:
    """At most one clock of the metric runs at a time."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One kind of clock. The first anchor of `starts` and of `stops` is meant where a policy names none."""

    name: str
    starts: Mapping[str, Anchor]
    stops: Mapping[str, Anchor]
    ends: Ending
    hears: frozenset[str] | None = None
    """The kinds of facts that may start, stop or end its clocks; None: any."""
    tier: str | None = None
    """Whose time it measures, where it is a tier's."""
    only_once: bool = False
    """Whether a ticket has at most one clock of this metric for each key."""
    chained_to: str | None = None
    """The metric whose stop, or whose deadline if that is earlier, starts this one."""
    key: Callable[[Observed], str] = one_clock
    """Clocks with different keys run side by side; a fact without a key stops or ends all of them."""

    def stop(self, anchor: str) -> Anchor:
        """The anchor of this name."""
        return self.stops[anchor] if anchor else next(iter(self.stops.values()))
