"""What a consumer makes of events: rows of views, and events of its own by reactions (D8, D10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded
from shared_events.decider import Refused
from shared_events.runtime.commands import Call
from shared_events.runtime.service import Reaction
from shared_events.runtime.views import View
from shared_events.store.appends import Append, CommandKey, Conflict, Stream
from shared_events.store.port import Transaction

_log = structlog.get_logger(__name__)


class Moved(Exception):
    """A stream moved on between deciding and committing; decide again."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What one reaction decided for one event."""

    reaction: Reaction
    append: Append


class Effects:
    """The views and the reactions of one service, taken in together."""

    def __init__(self, views: Sequence[View], reactions: Sequence[Reaction]) -> None:
        self._views = views
        self._reactions = reactions
        self.handles = {kind for view in views for kind in view.handles}
        self.handles |= {kind for reaction in reactions for kind in reaction.handles}

    async def decide(self, batch: Sequence[Recorded[Fact]]) -> list[Decided]:
        """What the reactions do about a batch, before any lock is held."""
        decided: list[Decided] = []
        for reaction in self._reactions:
            decided += await _Deciding(reaction).decide(batch)
        return decided

    async def commit(
        self, transaction: Transaction, batch: Sequence[Recorded[Fact]], decided: Sequence[Decided]
    ) -> None:
        """Append and write, within the caller's transaction. Raises `Moved` if a decision is out of date."""
        for reaction in self._reactions:
            await _append(transaction, reaction, [item.append for item in decided if item.reaction is reaction])
        for view in self._views:
            await view.apply(transaction, batch)

    def announce(self, decided: Sequence[Decided]) -> None:
        """Tell the relays of the services that appended."""
        for store in {item.reaction.aggregate.store for item in decided}:
            store.announce()


class _Deciding:
    """Decides for the events of a batch in their order; a later one of the same subject builds on the earlier ones."""

    def __init__(self, reaction: Reaction) -> None:
        self._reaction = reaction
        self._streams: dict[str, tuple[Stream, Any]] = {}

    async def decide(self, batch: Sequence[Recorded[Fact]]) -> list[Decided]:
        handled = [recorded for recorded in batch if isinstance(recorded.event, self._reaction.handles)]
        asked = [(recorded, command) for recorded in handled for command in self._reaction.react(recorded)]
        aggregate = self._reaction.aggregate
        subjects = sorted({recorded.stored.subject for recorded, _ in asked})
        loaded = await aggregate.store.load_many(subjects) if subjects else {}
        self._streams = {subject: (stream, aggregate.fold(stream)) for subject, stream in loaded.items()}
        decided = [await self._one(recorded, command, place) for place, (recorded, command) in enumerate(asked)]
        return [item for item in decided if item is not None]

    async def _one(self, recorded: Recorded[Fact], command: Any, place: int) -> Decided | None:
        aggregate = self._reaction.aggregate
        subject = recorded.stored.subject
        stream, state = self._streams[subject]
        try:
            events = aggregate.decider.decide(command, state)
        except Refused as refused:
            _log.info("reaction refused", reaction=self._reaction.name, subject=subject, reason=refused.reason.name)
            return None
        if not events:
            return None
        cause = recorded.stored
        call = Call(
            correlation_id=cause.correlation_id,
            command_key=CommandKey(self._reaction.name, f"{cause.event_id}/{place}", cause.digest),
            causation_id=str(cause.event_id),
            trace_context=cause.trace_context,
            origin=command.origin,
        )
        append = await aggregate.append_of(stream, events, call)
        self._streams[subject] = (stream.followed_by(append), aggregate.decider.fold(state, events))
        return Decided(self._reaction, append)


async def _append(transaction: Transaction, reaction: Reaction, appends: Sequence[Append]) -> None:
    """In rounds of one append per subject, each checked against the one before it."""
    waiting = list(appends)
    while waiting:
        subjects: set[str] = set()
        turn: list[Append] = []
        later: list[Append] = []
        for append in waiting:
            (later if append.subject in subjects else turn).append(append)
            subjects.add(append.subject)
        await _append_round(transaction, reaction, turn)
        waiting = later


async def _append_round(transaction: Transaction, reaction: Reaction, turn: Sequence[Append]) -> None:
    """What was carried out before is left out; it is in the store under the same key."""
    rejected = await reaction.aggregate.store.append_in(transaction, turn)
    if any(isinstance(outcome, Conflict) for outcome in rejected.values()):
        raise Moved(f"{reaction.name}: {[turn[place].subject for place in rejected]}")
    rest = [append for place, append in enumerate(turn) if place not in rejected]
    if rejected and rest:
        await _append_round(transaction, reaction, rest)
