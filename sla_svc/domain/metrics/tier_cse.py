"""How long CSE has the ticket; its first time begins when the customer's call was connected."""

from typing import Final

from sla_svc.domain.metrics.tiers import tier_metric

METRIC: Final = tier_metric("tier_cse", "CSE", from_contact=True)
