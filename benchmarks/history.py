"""A history of whole consultations, decided and appended in this process and relayed into the log."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from benchmarks.drafts import CONTENT
from feedback_svc.domain.callback import DECIDER as CALLBACKS
from feedback_svc.domain.callback import ScheduleCallback
from intake_svc.domain.commands import ClassifyConsultation, ReceiveConsultation
from intake_svc.domain.consultation import DECIDER as CONSULTATION
from routing_svc.domain.commands import (
    AcceptAnswer,
    AssignTicket,
    ProposeAnswer,
    RecordProblem,
    RecordSearch,
    RouteTicket,
    SubmitAnswer,
)
from routing_svc.domain.ticket import DECIDER as TICKET
from services.wiring import Zixun
from shared_events.contracts.intake import Category, Channel, Complexity, Contact, RequestKind, Urgency
from shared_events.decider import Command
from shared_events.runtime.commands import Aggregate, Call
from shared_events.store.appends import CommandKey, Stream

EVENTS_PER_TICKET: Final = 12
WAVE: Final = 4_000
"""So many tickets are open at the same time, each a step further than in the last turn."""

_AT: Final = datetime(2026, 3, 1, 8, tzinfo=UTC)
_BY: Final = "p-0123456789ab"


@dataclass(slots=True)
class _Life:
    """One ticket: what each service has of it."""

    ticket_id: str
    customer_id: str
    serial: int
    streams: dict[str, Stream] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=dict)


_STEPS: Final[Sequence[tuple[str, Callable[[_Life], Command]]]] = (
    (
        "intake",
        lambda life: ReceiveConsultation(
            at=_AT,
            by=_BY,
            customer_id=life.customer_id,
            serial=life.serial,
            channel=Channel.TELEPHONE,
            contacted_at=_AT,
            contact=Contact(name="陈伟", phone="+86 10 5555 0100"),
            content=CONTENT,
        ),
    ),
    (
        "intake",
        lambda _: ClassifyConsultation(
            at=_AT,
            by=_BY,
            category=Category.TECHNICAL_SUPPORT,
            request_kind=RequestKind.TECHNICAL_DEPARTMENT,
            complexity=Complexity.COMPLEX,
            urgency=Urgency.HIGH,
        ),
    ),
    ("routing", lambda life: RouteTicket(at=_AT, by=_BY, customer_id=life.customer_id, automatic=True)),
    ("routing", lambda _: AssignTicket(at=_AT, by=_BY, agent_id=_BY)),
    ("routing", lambda _: RecordProblem(at=_AT, by=_BY, problem="每天凌晨两点断线。")),
    ("routing", lambda _: RecordSearch(at=_AT, by=_BY, query="G2 夜间 断线", found=("KB-2041",))),
    ("routing", lambda _: ProposeAnswer(at=_AT, by=_BY, text="请升级固件到 2.4.3,然后重启网关。")),
    ("routing", lambda _: SubmitAnswer(at=_AT, by=_BY, answer=1)),
    ("routing", lambda _: AcceptAnswer(at=_AT, by=_BY, answer=1)),
    (
        "feedback",
        lambda life: ScheduleCallback(at=_AT, by=_BY, ticket_id=life.ticket_id, customer_id=life.customer_id, answer=1),
    ),
)


async def make_history(zixun: Zixun, tickets: int) -> list[str]:
    """The ids of the tickets, when all their events are in the log; no consumer has seen them yet."""
    deciders = {"intake": CONSULTATION, "routing": TICKET, "feedback": CALLBACKS}
    aggregates: dict[str, Aggregate[Any, Any, Any]] = {
        source: Aggregate(decider, zixun.stores[source], zixun.ring, zixun.ids)  # type: ignore[arg-type] # of any kind
        for source, decider in deciders.items()
    }
    ids: list[str] = []
    for first in range(0, tickets, WAVE):
        wave = [
            _Life(str(zixun.ids.new()), str(zixun.ids.new()), serial)
            for serial in range(first + 1, min(first + WAVE, tickets) + 1)
        ]
        for source, command_of in _STEPS:
            await asyncio.gather(*(_advance(aggregates[source], life, command_of(life)) for life in wave))
            await _relay(zixun)
        ids += [life.ticket_id for life in wave]
    return ids


async def _advance(aggregate: Aggregate[Any, Any, Any], life: _Life, command: Command) -> None:
    source = aggregate.store.source
    stream = life.streams.get(source, Stream(life.ticket_id))
    state = life.states.get(source, aggregate.decider.initial)
    events = aggregate.decider.decide(command, state)
    key = CommandKey("bench", f"{life.ticket_id} {stream.version}", bytes(32))
    append = await aggregate.append_of(stream, events, Call(life.ticket_id, command_key=key))
    await aggregate.store.append(append)
    life.streams[source] = stream.followed_by(append)
    life.states[source] = aggregate.decider.fold(state, events)


async def _relay(zixun: Zixun) -> None:
    for relay in zixun.relays:
        while await relay.turn():
            pass
