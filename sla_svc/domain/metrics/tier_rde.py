"""How long RDE has the ticket, each time that it comes to it."""

from typing import Final

from sla_svc.domain.metrics.tiers import tier_metric

METRIC: Final = tier_metric("tier_rde", "RDE")
