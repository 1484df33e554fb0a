"""From the customer's contact until nothing more is to be done; a reopening begins a new cycle."""

from typing import Final

from sla_svc.domain.facts import Observed
from sla_svc.domain.metrics.anchors import contacted, received, reopened, resolved, withdrawn
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.story import ENDINGS, Story


def asked(fact: Observed, story: Story) -> int | None:
    """Counted from the contact."""
    moment = contacted(fact, story)
    return reopened(fact, story) if moment is None else moment


def recorded(fact: Observed, story: Story) -> int | None:
    """Counted from the reception."""
    moment = received(fact, story)
    return reopened(fact, story) if moment is None else moment


METRIC: Final = Metric(
    name="total_resolution",
    starts={"contacted": asked, "received": recorded},
    stops={"resolved": resolved},
    ends=withdrawn,
    hears=frozenset({"ConsultationReceived", "TicketReopened"}) | ENDINGS,
)
