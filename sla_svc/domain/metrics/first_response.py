"""From the customer's contact to the first thing that a person says to them; never measured again (R1, R5)."""

from typing import Final

from sla_svc.domain.metrics.anchors import contacted, over, received, responded, submitted
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.story import ENDINGS, RESPONSES

METRIC: Final = Metric(
    name="first_response",
    starts={"contacted": contacted, "received": received},
    stops={"responded": responded, "answered": submitted},
    ends=over,
    hears=frozenset({"ConsultationReceived"}) | RESPONSES | ENDINGS,
    only_once=True,
)
