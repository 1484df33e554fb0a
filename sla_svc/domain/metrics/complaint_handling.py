"""From the response to a complaint, or from the moment by which that was due, until it is resolved (R5).

A complaint that is reopened is handled again, from the reopening.
"""

from typing import Final

from sla_svc.domain.metrics.anchors import reopened, resolved, withdrawn
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.story import ENDINGS

METRIC: Final = Metric(
    name="complaint_handling",
    starts={"response": reopened},
    stops={"resolved": resolved},
    ends=withdrawn,
    hears=frozenset({"TicketReopened"}) | ENDINGS,
    chained_to="first_response",
)
