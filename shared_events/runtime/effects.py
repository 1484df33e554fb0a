"""What a consumer makes of events: rows of views, and events of its own by reactions and processes (D8, D10, D11)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared_events.contracts import REGISTRY, decode
from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded
from shared_events.decider import Command, Refused
from shared_events.log.port import Entry
from shared_events.runtime.commands import Aggregate, Call
from shared_events.runtime.process import Outcome, Process
from shared_events.runtime.service import Reaction
from shared_events.runtime.views import View
from shared_events.store.appends import Append, CommandKey, Conflict, Stream
from shared_events.store.port import Store, Transaction

_log = structlog.get_logger(__name__)


class Moved(Exception):
    """A stream moved on between deciding and committing; decide again."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What one reaction decided for one event."""

    reaction: Reaction
    append: Append


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a service decided about a batch."""

    reactions: Sequence[Decided] = field(default=())
    outcome: Outcome | None = None
    """The process's, if there is one that the batch concerns."""

    @property
    def appends_twice(self) -> bool:
        """Whether a reaction appends to a subject again, which takes another call."""
        return len({decided.append.subject for decided in self.reactions}) < len(self.reactions)


class Effects:
    """The views, the reactions and the process of one service, taken in together."""

    def __init__(self, views: Sequence[View], reactions: Sequence[Reaction], process: Process | None = None) -> None:
        self._views = views
        self._reactions = reactions
        self.process = process
        self.handles = {kind for view in views for kind in view.handles}
        self.handles |= {kind for reaction in reactions for kind in reaction.handles}
        self.handles |= set() if process is None else set(process.handles)
        stores = [reaction.aggregate.store for reaction in reactions]
        # Else two calls would lock heads of the same store, and not in their order.
        assert process is None or process.store not in stores, f"{process.store.source}: a process appends alone"
        self._wanted = {kind.__name__ for kind in self.handles}

    def decoded(self, entries: Iterable[Entry]) -> list[Recorded[Fact]]:
        """The events that are wanted here; one that no release knows is an error for every consumer."""
        return [
            Recorded(decode(entry.stored), entry.stored, entry.offset)
            for entry in entries
            if entry.stored.type in self._wanted or entry.stored.type not in REGISTRY
        ]

    async def decide(self, batch: Sequence[Recorded[Fact]]) -> Decisions:
        """What the reactions and the process do about a batch, before any lock is held."""
        decided: list[Decided] = []
        for aggregate in _aggregates(self._reactions):
            reactions = [reaction for reaction in self._reactions if reaction.aggregate is aggregate]
            decided += await _Deciding(aggregate).decide(batch, reactions)
        return Decisions(decided, await self._outcome(batch))

    async def commit(self, transaction: Transaction, batch: Sequence[Recorded[Fact]], decisions: Decisions) -> None:
        """Append and write, within the caller's transaction. Raises `Moved` if a decision is out of date."""
        for view in self._views:
            await view.apply(transaction, batch)
        # Last, because the heads that it locks are what everybody who appends waits for.
        for aggregate in _aggregates(self._reactions):
            appends = [item.append for item in decisions.reactions if item.reaction.aggregate is aggregate]
            await _append(transaction, aggregate.store, appends)
        if decisions.outcome is not None:
            await self.commit_outcome(transaction, decisions.outcome)

    async def commit_outcome(self, transaction: Transaction, outcome: Outcome) -> None:
        """What the process decided, within the caller's transaction. Raises `Moved` if it is out of date."""
        assert self.process is not None, "an outcome is a process's"
        await self.process.write(transaction, outcome)
        await _append(transaction, self.process.store, outcome.appends)

    def announce(self, decisions: Decisions) -> None:
        """Tell the relays of the services that appended."""
        stores = {item.reaction.aggregate.store for item in decisions.reactions}
        if self.process is not None and decisions.outcome is not None and decisions.outcome.appends:
            stores.add(self.process.store)
        for store in stores:
            store.announce()

    async def _outcome(self, batch: Sequence[Recorded[Fact]]) -> Outcome | None:
        if self.process is None:
            return None
        wanted = [recorded for recorded in batch if isinstance(recorded.event, self.process.handles)]
        return await self.process.decide(wanted) if wanted else None


class _Deciding:
    """Decides for the events of a batch in their order; a later one of the same subject builds on the earlier ones."""

    def __init__(self, aggregate: Aggregate[Any, Any, Any]) -> None:
        self._aggregate = aggregate
        self._streams: dict[str, tuple[Stream, Any]] = {}

    async def decide(self, batch: Sequence[Recorded[Fact]], reactions: Sequence[Reaction]) -> list[Decided]:
        asked = [
            _Asked(recorded, reaction, command, place)
            for recorded in batch
            for reaction in reactions
            if isinstance(recorded.event, reaction.handles)
            for place, command in enumerate(reaction.react(recorded))
        ]
        subjects = sorted({one.recorded.stored.subject for one in asked})
        loaded = await self._aggregate.store.load_many(subjects) if subjects else {}
        self._streams = {subject: (stream, self._aggregate.fold(stream)) for subject, stream in loaded.items()}
        return [await self._one(one) for one in asked]

    async def _one(self, asked: "_Asked") -> Decided:
        """What comes of one command. Nothing is an outcome too, and kept: read again later, it stays nothing."""
        cause = asked.recorded.stored
        stream, state = self._streams[cause.subject]
        try:
            events = self._aggregate.decider.decide(asked.command, state)
        except Refused as refused:
            reason = refused.reason.name
            _log.info("reaction refused", reaction=asked.reaction.name, subject=cause.subject, reason=reason)
            events = ()
        call = Call(
            correlation_id=cause.correlation_id,
            command_key=CommandKey(asked.reaction.name, f"{cause.event_id}/{asked.place}", cause.digest),
            causation_id=str(cause.event_id),
            trace_context=cause.trace_context,
            origin=asked.command.origin,
        )
        append = await self._aggregate.append_of(stream, events, call)
        self._streams[cause.subject] = (stream.followed_by(append), self._aggregate.decider.fold(state, events))
        return Decided(asked.reaction, append)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One command that one reaction gives for one event, the `place`th of them."""

    recorded: Recorded[Fact]
    reaction: Reaction
    command: Command
    place: int


def _aggregates(reactions: Sequence[Reaction]) -> list[Aggregate[Any, Any, Any]]:
    """Each once, in order."""
    return list({id(reaction.aggregate): reaction.aggregate for reaction in reactions}.values())


async def _append(transaction: Transaction, store: Store, appends: Sequence[Append]) -> None:
    """In rounds of one append per subject, each checked against the one before it."""
    waiting = list(appends)
    while waiting:
        subjects: set[str] = set()
        turn: list[Append] = []
        later: list[Append] = []
        for append in waiting:
            (later if append.subject in subjects else turn).append(append)
            subjects.add(append.subject)
        await _append_round(transaction, store, turn)
        waiting = later


async def _append_round(transaction: Transaction, store: Store, turn: Sequence[Append]) -> None:
    """What was carried out before is left out; it is in the store under the same key."""
    rejected = await store.append_in(transaction, turn)
    if any(isinstance(outcome, Conflict) for outcome in rejected.values()):
        raise Moved(f"{store.source}: {[turn[place].subject for place in rejected]}")
    rest = [append for place, append in enumerate(turn) if place not in rejected]
    if rejected and rest:
        await _append_round(transaction, store, rest)
