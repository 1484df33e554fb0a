"""How long a tier has the ticket: what the three metrics of the tiers have in common (CS/TA06-24)."""

from sla_svc.domain.facts import Observed
from sla_svc.domain.metrics.anchors import withdrawn
from sla_svc.domain.metrics.metric import Anchor, Metric
from sla_svc.domain.story import ENDINGS, MOVES, Story


def tier_metric(name: str, tier: str, *, from_contact: bool = False) -> Metric:
    """From the moment when the tier gets the ticket until it hands it on, or it is resolved.

    `from_contact`: the first tier's time begins with the customer's contact, not when the ticket was typed in.
    """
    entered = _entered(tier)
    starts = {"contacted": _from_contact(entered), "entered": entered} if from_contact else {"entered": entered}
    return Metric(
        name=name, starts=starts, stops={"left": _left(tier)}, ends=withdrawn, hears=MOVES | ENDINGS, tier=tier
    )


def _entered(tier: str) -> Anchor:
    return lambda fact, story: fact.at if story.entered == tier else None


def _from_contact(entered: Anchor) -> Anchor:
    def moment(fact: Observed, story: Story) -> int | None:
        first = fact.kind == "TicketRouted" and not story.routed_before
        at = entered(fact, story)
        return story.contacted_at if first and at is not None and story.contacted_at is not None else at

    return moment


def _left(tier: str) -> Anchor:
    def moment(fact: Observed, story: Story) -> int | None:
        return fact.at if story.left == tier and withdrawn(fact, story) is None else None

    return moment
