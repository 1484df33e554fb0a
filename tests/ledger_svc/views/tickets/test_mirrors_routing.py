"""Whatever routing decides, the ledger says the same of the ticket as routing itself."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from enum import Enum
from random import Random
from typing import Any, Final, get_args, get_type_hints

import pytest

from ledger_svc.views.tickets.row import TicketRow
from ledger_svc.views.tickets.view import fold
from routing_svc.domain import commands
from routing_svc.domain.state import Ticket
from routing_svc.domain.ticket import DECIDER
from shared_events.contracts.base import Instant, Origin, Tier
from shared_events.contracts.routing import ClosingCause, RoutingEvent
from shared_events.decider import Refused
from tests.ledger_svc.history import CLASSIFIED, CUSTOMER, NOON, RECEIVED, History

KINDS: Final = get_args(commands.Command)
HINTS: Final = {kind: get_type_hints(kind, include_extras=True) for kind in KINDS}
RARE: Final = frozenset({commands.WithdrawTicket, commands.ResolveTicket})
"""An end at every other step would leave no time for a walk."""

STEPS: Final = 200
ENTRY: Final = commands.RouteTicket(at=NOON, by="a", customer_id=CUSTOMER, tier=Tier.CSE)


@pytest.mark.parametrize("seed", range(20))
def test_the_ledger_says_of_a_ticket_what_routing_says(seed: int) -> None:
    history = History()
    row: TicketRow | None = None
    for recorded in history.of(RECEIVED, CLASSIFIED):
        row = fold(row, recorded)
    for command, events, ticket in walk(Random(seed)):
        for recorded in history.of(*events):
            row = fold(row, recorded)
        assert row is not None
        assert seen_by_ledger(row) == seen_by_routing(ticket), f"after {command}"


def walk(random: Random) -> Iterator[tuple[Any, list[RoutingEvent], Ticket]]:
    """Commands that the rules allow, what they decided, and the ticket after them."""
    ticket = DECIDER.initial
    for number in range(STEPS):
        command = any_command(random, number) if number else ENTRY
        try:
            events = list(DECIDER.decide(command, ticket))
        except Refused:
            continue
        ticket = DECIDER.fold(ticket, events)
        yield command, events, ticket


def any_command(random: Random, number: int) -> Any:
    """Any command, live or imported, some minutes after noon."""
    (kind,) = random.choices(KINDS, [1 if kind in RARE else 20 for kind in KINDS])
    envelope = {
        "at": NOON + timedelta(minutes=number),
        "by": random.choice("ab"),
        "origin": random.choice(list(Origin)),
        "customer_id": CUSTOMER,
    }
    names = [field.name for field in fields(kind)]
    said = {name: any_value(random, HINTS[kind][name]) for name in names}
    return kind(**said | {name: value for name, value in envelope.items() if name in names})


def any_value(random: Random, hint: Any) -> Any:
    """Any value of this type."""
    if isinstance(hint, type) and issubclass(hint, Enum):
        return random.choice(list(hint))
    if hint == Instant:
        return NOON + timedelta(minutes=random.randrange(STEPS))
    plain = {str: random.choice("abc"), int: random.randint(1, 3), bool: random.random() < 0.5, type(None): None}
    if hint in plain:
        return plain[hint]
    parts = get_args(hint)
    return any_value(random, random.choice(parts)) if parts and Ellipsis not in parts else ()


def seen_by_ledger(row: TicketRow) -> tuple[Any, ...]:
    return (row.status, row.tier, row.team, row.agent_id, row.paused, len(row.document["answers"]))


def seen_by_routing(ticket: Ticket) -> tuple[Any, ...]:
    status = "withdrawn" if ticket.closing_cause is ClosingCause.WITHDRAWN else ticket.status.value
    return (status, ticket.tier, ticket.team, ticket.agent_id, ticket.paused is not None, len(ticket.answers))
