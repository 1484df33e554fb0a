"""What one row of a policy says about one metric: its target, its calendar, and what happens on the way."""

from dataclasses import dataclass

from shared_events.contracts.sla import OnChange


@dataclass(frozen=True, slots=True)
class Threshold:
    """A warning: its name as written (`50%`, `15m`), and the elapsed seconds at which it falls due."""

    name: str
    elapsed_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The rule of one row for one metric.

    `start` and `stop` name one of the metric's anchors, "" its first. `warnings` are in order of due time, all of them
    inside the target.
    """

    metric: str
    row: str
    target_seconds: int
    calendar: str
    start: str = ""
    stop: str = ""
    pauses: frozenset[str] = frozenset()
    warnings: tuple[Threshold, ...] = ()
    raise_urgency: bool = False
    escalate: bool = False
    on_change: OnChange = OnChange.KEEP
