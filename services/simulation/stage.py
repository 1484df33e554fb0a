"""One ticket in memory: its streams in every service, decided by the services' own deciders, reactions included."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final, Protocol

from feedback_svc.domain.callback import DECIDER as CALLBACKS
from feedback_svc.domain.callback import Callbacks
from intake_svc.domain.consultation import DECIDER as CONSULTATION
from intake_svc.domain.state import Consultation
from routing_svc.domain.state import Ticket
from routing_svc.domain.ticket import DECIDER as TICKET
from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Draft, Recorded, Stored
from shared_events.decider import Command, Decider
from shared_events.ids import IdSource
from shared_events.keys import PersonKey
from shared_events.runtime.commands import Call, append_of
from shared_events.store.appends import Append, Stream
from shared_events.store.partition import partition_of

DECIDERS: Final[Mapping[str, Decider[Any, Any, Any]]] = {
    "intake": CONSULTATION,
    "routing": TICKET,
    "feedback": CALLBACKS,
}


class Reacting(Protocol):
    """The part of a `Reaction` that is pure."""

    @property
    def handles(self) -> tuple[type[Fact], ...]:
        """The events that it answers."""
        ...

    @property
    def react(self) -> Callable[[Recorded[Any]], Sequence[Command]]:
        """What it asks for."""
        ...


Reactions = Mapping[str, Sequence[Reacting]]
"""By the service whose reactions they are."""

_DRAFTED: Final = tuple(field.name for field in fields(Draft))


class Stage:
    """Where a ticket is played. A reaction happens at the moment of what caused it, as it would in a live centre.

    When the events are in the stores, the same reactions see them again and find that all is done.
    """

    def __init__(self, ticket_id: str, keys: dict[str, PersonKey], ids: IdSource, reactions: Reactions) -> None:
        self.ticket_id = ticket_id
        self.commands: list[Command] = []
        """Everything that was asked, by people and by reactions, in its order."""
        self._keys = keys
        self._ids = ids
        self._reactions = reactions
        self._states: dict[str, Any] = {service: decider.initial for service, decider in DECIDERS.items()}
        self._streams = {service: Stream(ticket_id) for service in DECIDERS}

    @property
    def consultation(self) -> Consultation | None:
        """Intake's state."""
        consultation: Consultation | None = self._states["intake"]
        return consultation

    @property
    def ticket(self) -> Ticket:
        """Routing's state."""
        ticket: Ticket = self._states["routing"]
        return ticket

    @property
    def callbacks(self) -> Callbacks:
        """Feedback's state."""
        callbacks: Callbacks = self._states["feedback"]
        return callbacks

    def give(self, service: str, command: Command) -> None:
        """Carry out a command and whatever follows from it. Raises `Refused` as the live command would be."""
        self._carry_out(service, command, Call(correlation_id=""))

    def appends(self) -> dict[str, Append]:
        """What is to be appended, by service: each stream as a whole."""
        return {
            service: Append(self.ticket_id, 0, stream.events)
            for service, stream in self._streams.items()
            if stream.events
        }

    def _carry_out(self, service: str, command: Command, call: Call) -> None:
        decider, state, stream = DECIDERS[service], self._states[service], self._streams[service]
        events = decider.decide(command, state)
        self.commands.append(command)
        append = append_of(stream, events, call, (self._keys, self._ids))
        self._streams[service] = stream.followed_by(append)
        self._states[service] = decider.fold(state, events)
        for event, draft in zip(events, append.events, strict=True):
            self._react(Recorded(event, _stored(draft, service), offset=0))

    def _react(self, recorded: Recorded[Fact]) -> None:
        cause = recorded.stored
        call = Call(correlation_id=cause.correlation_id, causation_id=str(cause.event_id))
        for service, reactions in self._reactions.items():
            for reaction in reactions:
                wanted = reaction.react(recorded) if isinstance(recorded.event, reaction.handles) else ()
                for command in wanted:
                    self._carry_out(service, command, call)


def _stored(draft: Draft, source: str) -> Stored:
    """As if it had been recorded when it happened."""
    return Stored(
        **{name: getattr(draft, name) for name in _DRAFTED},
        source=source,
        partition=partition_of(draft.subject),
        sequence=0,
        recorded_at=draft.occurred_at,
    )
