"""What a simulated agent has before them: the ticket, the time, the customer, the right words, and dice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from routing_svc.domain.state import Ticket
from services.simulation.diary import ALWAYS, FRONT_DESK, OFFICE, Diary, Hours
from services.simulation.people import LEAD, TEAMS, Customer
from services.simulation.phrases import PHRASES, Phrases
from services.simulation.stage import Stage
from services.simulation.topics import Topic, Words
from shared_events.contracts.base import Tier
from shared_events.decider import Command

Making = Callable[..., Command]
"""A type of command; its `at` and `by` come from the scene."""


@dataclass(slots=True, kw_only=True)
class Scene:
    """One ticket's life, as far as it has come."""

    stage: Stage
    random: Random
    diary: Diary
    customer: Customer
    topic: Topic
    desk: str = LEAD
    """Who received the consultation."""
    withdraws_at: datetime | None = None
    """When the customer loses patience, or the problem goes away by itself."""

    @property
    def ticket(self) -> Ticket:
        """Where the ticket is now."""
        return self.stage.ticket

    @property
    def words(self) -> Words:
        """What is said about the topic, in the customer's language."""
        return self.topic.words[self.customer.language]

    @property
    def phrases(self) -> Phrases:
        """What else is said, in the customer's language."""
        return PHRASES[self.customer.language]

    @property
    def hours(self) -> Hours:
        """When the ticket's tier is at work."""
        return FRONT_DESK if self.ticket.tier in {None, Tier.CSE} else OFFICE

    def chance(self, share: float) -> bool:
        """Whether something that happens so often happens now."""
        return self.random.random() < share

    def team(self, tier: Tier) -> str:
        """Mostly the first team of a tier."""
        first, *others = TEAMS[tier]
        return first if tier is Tier.CSE or self.chance(0.5) else self.random.choice(others)

    def later(self, minutes: float, kind: Making, *, by: str | None = None, **facts: object) -> bool:
        """Let about so many minutes of office hours pass, and do it to the ticket; false if that is in the future."""
        return self._give("routing", kind, by, facts) if self.diary.wait(minutes, self.hours) else False

    def customer_does(self, minutes: float, kind: Making, *, by: str | None = None, **facts: object) -> bool:
        """As `later`, on the consultation, at any hour."""
        return self._give("intake", kind, by, facts) if self.diary.wait(minutes, ALWAYS) else False

    def visit(self, kind: Making, by: str, **facts: object) -> bool:
        """Do something about a callback, now."""
        return self._give("feedback", kind, by, facts)

    def _give(self, service: str, kind: Making, by: str | None, facts: dict[str, object]) -> bool:
        self.stage.give(service, kind(at=self.diary.at, by=by or self.ticket.agent_id or LEAD, **facts))
        return True
