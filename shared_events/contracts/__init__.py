"""The union of all events, and the only registry of their types (D12)."""

from typing import Final, get_args

from shared_events.contracts.base import Fact
from shared_events.contracts.feedback import FeedbackEvent
from shared_events.contracts.intake import IntakeEvent
from shared_events.contracts.language import Language, Undecodable, Upcaster
from shared_events.contracts.routing import RoutingEvent
from shared_events.contracts.sla import ClockEvent, RulebookEvent

Event = IntakeEvent | RoutingEvent | ClockEvent | RulebookEvent | FeedbackEvent

OWNERS: Final[dict[str, tuple[type[Fact], ...]]] = {
    "intake": get_args(IntakeEvent),
    "routing": get_args(RoutingEvent),
    "sla": (*get_args(ClockEvent), *get_args(RulebookEvent)),
    "feedback": get_args(FeedbackEvent),
}

REGISTRY: Final[dict[str, type[Fact]]] = {kind.__name__: kind for kinds in OWNERS.values() for kind in kinds}

UPCASTERS: Final[dict[tuple[str, int], Upcaster]] = {}
"""From (type, schema version) to what makes the raw body one of the next version."""

LANGUAGE: Final = Language(REGISTRY, UPCASTERS)

decode = LANGUAGE.decode
decode_body = LANGUAGE.decode_body

__all__ = ["LANGUAGE", "OWNERS", "REGISTRY", "UPCASTERS", "Event", "Undecodable", "decode", "decode_body"]
