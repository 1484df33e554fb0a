"""From a command to events on disk: load, fold, decide, append, and decide again after a conflict (D1, D3, D4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar, cast

from shared_events.contracts import decode
from shared_events.contracts.base import Fact, Origin
from shared_events.contracts.envelope import Draft, Position
from shared_events.contracts.personal import has_personal
from shared_events.contracts.records import record
from shared_events.decider import Command, Decider, Refused
from shared_events.ids import IdSource
from shared_events.keys import PersonKey, seal
from shared_events.runtime.recent import Basis, Recent
from shared_events.runtime.turns import Turns
from shared_events.store.appends import Append, Appended, CommandKey, Conflict, Repeated, Stream
from shared_events.store.port import Store

C = TypeVar("C", bound=Command)
E = TypeVar("E", bound=Fact)
S = TypeVar("S")

_ATTEMPTS_MAX = 16


class Contended(Exception):
    """A stream moved on at every attempt; the caller may try again later."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a command's events remember of the call that gave it."""

    correlation_id: str
    command_key: CommandKey | None = None
    causation_id: str | None = None
    trace_context: str | None = None
    origin: Origin = Origin.LIVE


class PersonKeys(Protocol):
    """Where the keys come from that seal personal fields."""

    async def of_person(self, person: str) -> PersonKey:
        """The key of a person, made now if there was none."""
        ...

    async def new_person(self, new_id: Callable[[], str]) -> str:
        """The id of a person whom nobody knows yet, with a key."""
        ...


class Asking(Protocol):
    """A call, and which version of a service's stream its caller has seen."""

    @property
    def call(self) -> Call:
        """The call itself."""
        ...

    async def expected_version(self, source: str) -> int | None:
        """The version that the caller has seen, if it said so."""
        ...


@record
class Handled(Generic[S]):
    """What came of a command: the state afterwards, or the present state and why not."""

    source: str
    subject: str
    state: S
    version: int
    position: Position | None = None
    events: Sequence[Fact] = ()
    repeated: bool = False
    key_reused: bool = False
    refused: Refused | None = None
    outdated: int | None = None
    """The version that the caller had seen, where the stream is at another."""


class Aggregate(Generic[C, E, S]):
    """A decider bound to the store of its service."""

    def __init__(self, decider: Decider[C, E, S], store: Store, ring: PersonKeys, ids: IdSource) -> None:
        self.decider = decider
        self.store = store
        self._ring = ring
        self._ids = ids
        self._turns = Turns()
        self._recent: Recent[S] = Recent()

    async def handle(self, subject: str, command: C, asking: Asking, *, new: bool = False) -> Handled[S]:
        """Carry out a command, once. `new` says that the subject was made for it: nothing is to be loaded."""
        expected = await asking.expected_version(self.store.source)
        call = asking.call
        if call.origin is not command.origin:
            call = replace(call, origin=command.origin)
        if new:
            known = Basis(Stream(subject), self.decider.initial)
            return await self._upon(known, command, call, expected) or await self._loaded(
                subject, command, call, expected
            )
        async with self._turns.of(subject):
            recent = self._recent.take(subject)
            handled = None if recent is None else await self._upon(recent, command, call, expected)
            return handled or await self._loaded(subject, command, call, expected)

    async def new_person(self) -> str:
        """The id of a person whom nobody knows yet; the key to what is personal is made already."""
        return await self._ring.new_person(lambda: str(self._ids.new()))

    async def present(self, subject: str, *, version_max: int | None = None) -> Handled[S]:
        """The state as it is, or as it was at a version."""
        stream = await self.store.load(subject, version_max=version_max)
        return self._handled(Basis(stream, self.fold(stream)))

    def fold(self, stream: Stream) -> S:
        """The state after the events of a stream."""
        return self.decider.fold(self.decider.initial, [cast("E", decode(stored)) for stored in stream.events])

    async def append_of(self, stream: Stream, events: Sequence[E], call: Call) -> Append:
        """The append that puts these events behind a stream, sealed and chained."""
        persons = {person for event in events if (person := _person(event)) is not None}
        keys = {person: await self._ring.of_person(person) for person in persons}
        return append_of(stream, events, call, (keys, self._ids))

    async def _upon(self, known: Basis[S], command: C, call: Call, expected: int | None) -> Handled[S] | None:
        """What comes of the command if the stream is as it is known, which the append finds out; none if it may not."""
        if expected not in {None, known.stream.version}:
            return None
        try:
            events = self.decider.decide(command, known.state)
        except Refused:
            return None
        return await self._appended(known, events, call) if events else None

    async def _loaded(self, subject: str, command: C, call: Call, expected: int | None) -> Handled[S]:
        """What comes of the command by what the store has, tried again when another append comes between."""
        for _ in range(_ATTEMPTS_MAX):
            stream = await self.store.load(subject)
            handled = await self._attempt(Basis(stream, self.fold(stream)), command, call, expected)
            if handled is not None:
                return handled
        raise Contended(f"{self.store.source} {subject} moved on {_ATTEMPTS_MAX} times while the command was decided")

    async def _attempt(self, loaded: Basis[S], command: C, call: Call, expected: int | None) -> Handled[S] | None:
        """One try; none if another append came between."""
        version = loaded.stream.version
        outdated = None if expected in {None, version} else expected
        if outdated is not None and version:
            return await self._unless_repeated(call, replace(self._handled(loaded), outdated=outdated))
        try:
            events = self.decider.decide(command, loaded.state)
        except Refused as refused:
            return await self._unless_repeated(call, replace(self._handled(loaded), refused=refused))
        if outdated is not None:
            # Of an empty stream it is first asked whether there is anything that can be out of date.
            return await self._unless_repeated(call, replace(self._handled(loaded), outdated=outdated))
        if not events and call.command_key is None:
            return self._handled(loaded)
        return await self._appended(loaded, events, call)

    async def _appended(self, known: Basis[S], events: Sequence[E], call: Call) -> Handled[S] | None:
        """The state with these events, once they are on disk; none if another append came between."""
        append = await self.append_of(known.stream, events, call)
        outcome = await self.store.append(append)
        match outcome:
            case Appended():
                after = Basis(known.stream.followed_by(append), self.decider.fold(known.state, events))
                self._recent.keep(after)
                return Handled(
                    source=self.store.source,
                    subject=append.subject,
                    state=after.state,
                    version=outcome.version,
                    position=outcome.position if events else None,
                    events=events,
                )
            case Conflict():
                return None
            case Repeated():
                return await self._repeat(outcome, call)

    async def _unless_repeated(self, call: Call, handled: Handled[S]) -> Handled[S]:
        """A command that was carried out before is not refused for what it did itself."""
        if call.command_key is None:
            return handled
        repeated = await self.store.find_command(call.command_key)
        return handled if repeated is None else await self._repeat(repeated, call)

    async def _repeat(self, repeated: Repeated, call: Call) -> Handled[S]:
        assert call.command_key is not None, "only a command with a key can be repeated"
        handled = await self.present(repeated.subject, version_max=repeated.version)
        if repeated.fingerprint != call.command_key.fingerprint:
            return replace(handled, key_reused=True)
        return replace(handled, repeated=True, position=repeated.position)

    def _handled(self, known: Basis[S]) -> Handled[S]:
        stream = known.stream
        return Handled(source=self.store.source, subject=stream.subject, state=known.state, version=stream.version)


def append_of(
    stream: Stream, events: Sequence[Fact], call: Call, made_with: tuple[dict[str, PersonKey], IdSource]
) -> Append:
    """As `Aggregate.append_of`, with the keys at hand."""
    keys, ids = made_with
    drafts: list[Draft] = []
    digest = stream.digest
    for version, event in enumerate(events, start=stream.version + 1):
        event_id = ids.new()
        draft = Draft(
            subject=stream.subject,
            version=version,
            event_id=event_id,
            type=type(event).__name__,
            schema_version=event.schema_version,
            occurred_at=event.at,
            actor=event.by,
            origin=call.origin,
            correlation_id=call.correlation_id or str(event_id),
            causation_id=call.causation_id,
            trace_context=call.trace_context,
            body=seal(event, event_id, keys.get(getattr(event, "customer_id", ""))),
        ).chained_to(digest)
        digest = draft.digest
        drafts.append(draft)
    return Append(stream.subject, stream.version, drafts, call.command_key)


def _person(event: Fact) -> str | None:
    """Whose key an event needs; none if nothing in it is personal."""
    return cast("str", getattr(event, "customer_id")) if has_personal(event) else None  # noqa: B009 - not every fact has it
