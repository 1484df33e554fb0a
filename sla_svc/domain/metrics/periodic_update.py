"""The customer hears something every so often while it lasts (R11): from each thing they were told to the next."""

from typing import Final

from sla_svc.domain.facts import Observed
from sla_svc.domain.metrics.anchors import over, responded
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.story import ENDINGS, RESPONSES, Story


def told(fact: Observed, story: Story) -> int | None:
    """Of a ticket that is not over; the first response is a metric of its own."""
    return responded(fact, story) if story.is_open else None


METRIC: Final = Metric(
    name="periodic_update",
    starts={"informed": told},
    stops={"informed": responded},
    ends=over,
    hears=RESPONSES | ENDINGS,
)
