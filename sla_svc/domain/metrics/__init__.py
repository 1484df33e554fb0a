"""The metrics, one file and one line each; a metric comes after the one to which it is chained."""

from collections.abc import Mapping
from typing import Final

from sla_svc.domain.metrics import (
    callback_due,
    complaint_handling,
    first_response,
    next_reply,
    periodic_update,
    reply_submission,
    tier_cse,
    tier_pse,
    tier_rde,
    total_resolution,
)
from sla_svc.domain.metrics.metric import Metric

METRICS: Final[Mapping[str, Metric]] = {
    metric.name: metric
    for metric in (
        first_response.METRIC,
        next_reply.METRIC,
        periodic_update.METRIC,
        reply_submission.METRIC,
        tier_cse.METRIC,
        tier_pse.METRIC,
        tier_rde.METRIC,
        total_resolution.METRIC,
        complaint_handling.METRIC,
        callback_due.METRIC,
    )
}
