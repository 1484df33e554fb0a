"""Keeps the clocks of every ticket: takes facts in, judges, says what is new, and fires what falls due (D11)."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Final, cast

from shared_events.contracts import decode
from shared_events.contracts.base import Fact, Origin
from shared_events.contracts.envelope import Recorded, Stored
from shared_events.contracts.sla import ClockEvent, PolicyMigrated
from shared_events.figures import UNCOUNTED, Figures
from shared_events.ids import IdSource
from shared_events.runtime.commands import Call, append_of
from shared_events.runtime.process import Outcome, Timer
from shared_events.store.appends import Append, Stream
from shared_events.store.partition import partition_of
from shared_events.store.port import Store, Transaction
from sla_svc.adapters.clock_rows import CLASSIFIED, clock_rows
from sla_svc.adapters.encoding import clocks_decoded, clocks_encoded, facts_decoded, facts_encoded
from sla_svc.adapters.handled import HANDLES
from sla_svc.domain.clocks.clock import BREACH, Clock
from sla_svc.domain.clocks.deadlines import pending
from sla_svc.domain.clocks.differences import Said, crossed, difference
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.clocks.restoring import Told, restored
from sla_svc.domain.conservation import ENDS, unaccounted_seconds
from sla_svc.domain.facts import Observed, moment, observed, seconds
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.rulebook import Rulebook
from sla_svc.ports import Rulebooks, TicketRow, Tickets

AT_ONCE: Final = 20
"""Tickets that are judged before other tasks get their turn: one of those may be in a transaction and hold locks."""


TRIED_MAX: Final = 10_000


@dataclass(slots=True)
class _Standing:
    """One ticket as it is being worked on."""

    row: TicketRow
    facts: list[Observed]
    clocks: list[Clock]
    shown: Sequence[Clock]
    """The clocks whose rows are right, unless they have changed since."""
    said: list[Said] = field(default_factory=list)
    due_at: datetime | None = None
    """Of what is to be said next, once that is worked out."""

    @property
    def knows_its_causes(self) -> bool:
        """Not yet where the stream came back from the log after the store was restored: the facts come once more."""
        known = {fact.event_id for fact in self.facts}
        return all(turn.cause in known for clock in self.clocks for turn in clock.turns)

    @property
    def to_show(self) -> list[Clock]:
        """Those whose rows are to be written."""
        shown = {clock.clock_id: clock for clock in self.shown}
        return [clock for clock in self.clocks if shown.get(clock.clock_id) != clock]


class Keeping:
    """The process of SLA; see `Process`."""

    handles = HANDLES
    sources = ("intake", "routing", "feedback")

    def __init__(
        self,
        store: Store,
        tickets: Tickets,
        rulebooks: Rulebooks,
        metrics: Mapping[str, Metric],
        *,
        ids: IdSource,
        figures: Figures = UNCOUNTED,
    ) -> None:
        self.store = store
        self._tickets = tickets
        self._rulebooks = rulebooks
        self._metrics = metrics
        self._start_others = frozenset(metric.chained_to for metric in metrics.values())
        self._ids = ids
        self._figures = figures
        self._tried: dict[str, int] = {}
        """From which version a ticket was appended to last: if it is there still, somebody else has appended."""

    async def decide(self, batch: Sequence[Recorded[Fact]]) -> Outcome:
        """Each ticket once, with all the facts of it that the batch has."""
        moved = any(isinstance(recorded.event, PolicyMigrated) for recorded in batch)
        rulebook = await self._rulebooks.current(fresh=moved)
        by_ticket: dict[str, list[Recorded[Fact]]] = {}
        for recorded in batch:
            by_ticket.setdefault(recorded.stored.subject, []).append(recorded)
        loaded = await self._tickets.load(list(by_ticket))
        rows = [loaded.get(each) or TicketRow(ticket_id=each, partition=partition_of(each)) for each in by_ticket]
        standings = []
        for place, standing in enumerate(await self._standings(rows, rulebook), 1):
            if place % AT_ONCE == 0:
                await asyncio.sleep(0)
            self._take_in(standing, by_ticket[standing.row.ticket_id], rulebook)
            standings.append(standing)
        return self._outcome(standings, {str(each.stored.event_id): each.stored for each in batch})

    async def due(self, through: Mapping[int, datetime], limit: int, without: Collection[str]) -> Sequence[Timer]:
        """Whose earliest moment has come."""
        return [
            Timer(row.ticket_id, row.partition, row.due_at, row)
            for row in await self._tickets.due(through, limit, without)
            if row.due_at is not None
        ]

    async def fire(self, timers: Sequence[Timer], through: Mapping[int, datetime]) -> Outcome:
        """In order of due time over all tickets: where one falls due again before the next, that waits its turn.

        What is over already and needs nobody's notice has no turn to wait for: of that, all that a ticket has.
        """
        rulebook = await self._rulebooks.current()
        loaded = await self._standings([timer.row for timer in timers], rulebook)
        standings: list[_Standing] = []
        again: datetime | None = None
        for place, (timer, standing) in enumerate(zip(timers, loaded, strict=True), 1):
            if again is not None and again < timer.due_at:
                break
            if place % AT_ONCE == 0:
                await asyncio.sleep(0)
            self._fire(standing, seconds(timer.due_at), rulebook)
            standings.append(standing)
            while (due_at := _due_quietly(standing.clocks)) is not None and due_at <= through[timer.partition]:
                self._fire(standing, seconds(due_at), rulebook)
            due_at = standing.due_at
            again = due_at if again is None else again if due_at is None else min(again, due_at)
        return self._outcome(standings, {})

    async def next_due(self, partitions: Collection[int], without: Collection[str]) -> Mapping[int, datetime]:
        """The earliest of each partition."""
        return await self._tickets.next_due(partitions, without)

    async def write(self, transaction: Transaction, outcome: Outcome) -> None:
        """The rows of the tickets, and of their clocks for those who ask."""
        rows: Sequence[TicketRow] = outcome.rows
        await self._tickets.save(transaction, rows)

    async def _standings(self, rows: Sequence[TicketRow], rulebook: Rulebook) -> Sequence[_Standing]:
        """As the rows have them; of those that could not be committed a moment ago, as their streams tell."""
        again = [row.ticket_id for row in rows if self._tried.get(row.ticket_id) == row.stream_version]
        streams = await self.store.load_many(again) if again else {}
        return [_standing(row, streams.get(row.ticket_id), rulebook) for row in rows]

    def _take_in(self, standing: _Standing, new: Sequence[Recorded[Fact]], rulebook: Rulebook) -> None:
        facts = [observed(recorded) for recorded in new]
        standing.facts += facts
        if any(fact.kind == CLASSIFIED for fact in facts):
            standing.shown = ()
        if any(fact.kind in ENDS for fact in facts):
            self._account(standing.facts)
        if standing.knows_its_causes:
            self._judge(standing, rulebook, (facts[-1].event_id, facts[-1].recorded_at))
        standing.due_at = _due_at(standing.clocks)

    def _account(self, facts: Sequence[Observed]) -> None:
        """Where its time went, whenever it is over: it takes longer than all the rest that is done for a fact."""
        missing = unaccounted_seconds([(facts, max(fact.at for fact in facts))])
        if missing:
            self._figures.unaccounted(missing)

    def _judge(self, standing: _Standing, rulebook: Rulebook, cause: tuple[str, int]) -> None:
        now = judge(standing.facts, rulebook, self._metrics, standing.row.horizon)
        found = difference(standing.clocks, now, cause)
        standing.said += found.said
        standing.clocks = list(found.clocks)

    def _fire(self, standing: _Standing, due: int, rulebook: Rulebook) -> None:
        """What falls due at this moment; a deadline may start other clocks."""
        standing.row = replace(standing.row, horizon=max(standing.row.horizon, due))
        starts_others = False
        for index, clock in enumerate(standing.clocks):
            for crossing in pending(clock):
                if crossing.at > due:
                    break
                said, standing.clocks[index] = crossed(standing.clocks[index], crossing)
                standing.said.append(said)
                starts_others |= crossing.name == BREACH and clock.metric in self._start_others
        if starts_others and standing.knows_its_causes:
            self._judge(standing, rulebook, (standing.said[-1].cause, due))
        standing.due_at = _due_at(standing.clocks)

    def _outcome(self, standings: Sequence[_Standing], causes: Mapping[str, Stored]) -> Outcome:
        appends: list[Append] = []
        rows: list[TicketRow] = []
        due: dict[int, datetime] = {}
        for standing in standings:
            row = standing.row
            version, digest = row.stream_version, row.stream_digest
            if standing.said:
                append = self._append(Stream(row.ticket_id, (), (version, digest)), standing.said, causes)
                appends.append(append)
                version, digest = append.events[-1].version, append.events[-1].digest
            due_at = standing.due_at
            if due_at is not None:
                due[row.partition] = min(due_at, due.get(row.partition, due_at))
            rows.append(self._row(standing, version, digest, due_at))
        if len(self._tried) > TRIED_MAX:
            self._tried.clear()  # at worst a conflict is met once more
        self._tried.update((each.row.ticket_id, each.row.stream_version) for each in standings if each.said)
        return Outcome(appends, rows, due)

    def _row(self, standing: _Standing, version: int, digest: bytes, due_at: datetime | None) -> TicketRow:
        return replace(
            standing.row,
            facts=facts_encoded(standing.facts),
            clocks=clocks_encoded(standing.clocks),
            stream_version=version,
            stream_digest=digest,
            due_at=due_at,
            rows=clock_rows(standing.to_show, standing.facts, self._metrics),
        )

    def _append(self, stream: Stream, said: Sequence[Said], causes: Mapping[str, Stored]) -> Append:
        """Each event with the one that it follows from."""
        appends: list[Append] = []
        for (cause, live), group in groupby(said, key=lambda each: (each.cause, each.live)):
            stored = causes.get(cause)
            call = Call(
                correlation_id=stream.subject if stored is None else stored.correlation_id,
                causation_id=cause,
                trace_context=None if stored is None else stored.trace_context,
                origin=Origin.LIVE if live else Origin.IMPORT,
            )
            appends.append(append_of(stream, [each.event for each in group], call, ({}, self._ids)))
            stream = stream.followed_by(appends[-1]).without_events()
        events = [event for append in appends for event in append.events]
        return Append(stream.subject, appends[0].expected_version, events)


def _standing(row: TicketRow, stream: Stream | None, rulebook: Rulebook) -> _Standing:
    """By the row, unless its stream, which was looked at because of a conflict, has gone on without it."""
    facts = facts_decoded(row.facts) if row.facts else []
    if stream is None or stream.version == row.stream_version:
        clocks = clocks_decoded(row.clocks, rulebook.terms_of) if row.clocks else []
        return _Standing(row, facts, clocks, tuple(clocks))
    told = [Told(cast("ClockEvent", decode(event)), event.origin is Origin.LIVE) for event in stream.events]
    clocks = restored(told, rulebook.terms_of)
    horizon = max([row.horizon, *(mark.at for clock in clocks for mark in clock.marks)])
    moved = replace(row, stream_version=stream.version, stream_digest=stream.digest, horizon=horizon)
    return _Standing(moved, facts, clocks, ())


def _due_at(clocks: Sequence[Clock]) -> datetime | None:
    """The earliest moment at which something is to be said, be it in the past."""
    return min((moment(each[0].at) for clock in clocks if (each := pending(clock))), default=None)


def _due_quietly(clocks: Sequence[Clock]) -> datetime | None:
    """The same, if nobody needs to be told what is to be said then."""
    first = [each[0] for clock in clocks if (each := pending(clock))]
    at = min((crossing.at for crossing in first), default=None)
    return None if at is None or any(each.notice for each in first if each.at == at) else moment(at)
