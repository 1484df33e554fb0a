"""The words that a policy may use: the values of its conditions, and the metrics, pause reasons and calendars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from shared_events.contracts.base import Tier
from shared_events.contracts.intake import Category, Channel, ComplaintGrade, Importance, RequestKind, Urgency

CONDITIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "category": tuple(Category),
    "request_kind": tuple(RequestKind),
    "grade": tuple(ComplaintGrade),
    "urgency": tuple(Urgency),
    "channel": tuple(Channel),
    "tier": tuple(Tier),
    "importance": tuple(Importance),
    "language": (),
    "product": (),
}
"""What rows may ask about a ticket, and the values that it can have; () where that is any text."""


class Measured(Protocol):
    """What a policy has to know of a metric: the names of its anchors, and whose time it measures, if a tier's."""

    @property
    def starts(self) -> Mapping[str, object]:
        """What may start it."""

    @property
    def stops(self) -> Mapping[str, object]:
        """What may stop it."""

    @property
    def tier(self) -> str | None:
        """The tier whose time it is."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What exists beside the policy. Given as the context of validation when a policy is written.

    Without it, as where a policy is read that was published, any word is taken, and nobody looks for dead rows.
    """

    metrics: Mapping[str, Measured]
    pauses: Sequence[str]
    calendars: Sequence[str]
