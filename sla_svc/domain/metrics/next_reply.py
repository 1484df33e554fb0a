"""From the oldest message of the customer that nobody has answered to the reply."""

from typing import Final

from sla_svc.domain.facts import Observed
from sla_svc.domain.metrics.anchors import over, responded, submitted
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.story import ENDINGS, RESPONSES, Story


def wrote_again(fact: Observed, story: Story) -> int | None:
    """Until the first response, that is what the customer waits for."""
    asks = fact.kind == "CustomerMessageReceived" and story.responded and story.is_open
    return fact.at if asks else None


METRIC: Final = Metric(
    name="next_reply",
    starts={"message": wrote_again},
    stops={"responded": responded, "answered": submitted},
    ends=over,
    hears=frozenset({"CustomerMessageReceived"}) | RESPONSES | ENDINGS,
)
