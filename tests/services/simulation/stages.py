"""Stages without a database: tickets that are played in memory, with fixed keys and ids."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from feedback_svc.domain.policy import visit_after_acceptance
from routing_svc.domain.policy import close_withdrawn, reopen_dissatisfied, route_technical
from services.simulation.life import live
from services.simulation.player import calls
from services.simulation.stage import Reactions, Stage
from shared_events.clock import SystemClock
from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Draft, Recorded
from shared_events.contracts.feedback import DissatisfactionRaised
from shared_events.contracts.intake import ConsultationClassified, ConsultationWithdrawn
from shared_events.contracts.routing import AnswerAccepted
from shared_events.decider import Command
from shared_events.ids import IdSource
from shared_events.keys import PersonKey

PRESENT: Final = datetime(2026, 3, 4, 7, 30, tzinfo=UTC)
"""A Wednesday afternoon in China."""


@dataclass(frozen=True)
class Reacted:
    """A reaction without the aggregate that it is bound to."""

    handles: tuple[type[Fact], ...]
    react: Callable[[Recorded[Any]], Sequence[Command]]


REACTIONS: Final[Reactions] = {
    "routing": (
        Reacted((ConsultationClassified,), route_technical),
        Reacted((ConsultationWithdrawn,), close_withdrawn),
        Reacted((DissatisfactionRaised,), reopen_dissatisfied),
    ),
    "feedback": (Reacted((AnswerAccepted,), visit_after_acceptance),),
}


def stage_for(number: int, customer_id: str) -> Stage:
    """An empty stage."""
    keys = {customer_id: PersonKey("key", AESGCM(bytes(32)))}
    bits = count()
    ids = IdSource(SystemClock(), lambda _size: next(bits) % 4096)
    return Stage(f"ticket-{number}", keys, ids, REACTIONS)


def played(tickets: int, seed: int) -> list[Stage]:
    """So many tickets, as far as they have come at present."""
    stages = []
    for number, call in enumerate(calls(tickets, seed, PRESENT)):
        stage = stage_for(number, call.customer.customer_id)
        live(stage, call.customer, number + 1, (call.random, call.at, PRESENT))
        stages.append(stage)
    return stages


def drafts_of(stage: Stage) -> list[Draft]:
    """Every event of a ticket."""
    return [draft for append in stage.appends().values() for draft in append.events]
