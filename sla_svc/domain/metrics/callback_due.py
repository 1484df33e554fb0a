"""From the moment for which a callback visit was planned until the customer was reached (CCE-10, R12)."""

from typing import Final

from sla_svc.domain.facts import Observed, seconds_of_text
from sla_svc.domain.metrics.anchors import withdrawn
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.story import ENDINGS, Story


def planned(fact: Observed, _: Story) -> int | None:
    """The visit may be made from then on."""
    return seconds_of_text(fact.data["due_at"]) if fact.kind == "CallbackScheduled" else None


def scheduled(fact: Observed, _: Story) -> int | None:
    """The visit was planned."""
    return fact.at if fact.kind == "CallbackScheduled" else None


def reached(fact: Observed, _: Story) -> int | None:
    """The customer was spoken to."""
    spoken = fact.kind == "CallbackCompleted" or (fact.kind == "CallbackAttempted" and fact.data["result"] == "reached")
    return fact.at if spoken else None


def visit(fact: Observed) -> str:
    """Every visit has a clock of its own."""
    return str(fact.data.get("callback_id", ""))


METRIC: Final = Metric(
    name="callback_due",
    starts={"planned": planned, "scheduled": scheduled},
    stops={"reached": reached},
    ends=withdrawn,
    hears=frozenset({"CallbackScheduled", "CallbackAttempted", "CallbackCompleted"}) | ENDINGS,
    key=visit,
)
