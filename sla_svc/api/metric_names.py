"""The name of a metric, as a parameter of requests."""

from typing import Annotated

from pydantic import AfterValidator

from sla_svc.domain.metrics import METRICS


def _known_metric(name: str) -> str:
    if name not in METRICS:
        raise ValueError(f"one of {', '.join(METRICS)} is expected")
    return name


MetricName = Annotated[str, AfterValidator(_known_metric)]
