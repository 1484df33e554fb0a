"""Keeps the clocks of every ticket: takes facts in, judges, says what is new, and fires what falls due (D11)."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Final

from shared_events.contracts.base import Fact, Origin
from shared_events.contracts.envelope import Recorded, Stored
from shared_events.figures import UNCOUNTED, Figures
from shared_events.ids import IdSource
from shared_events.runtime.commands import Call, append_of
from shared_events.runtime.process import Outcome, Timer
from shared_events.store.appends import Append, Stream
from shared_events.store.partition import partition_of
from shared_events.store.port import Store, Transaction
from sla_svc.adapters.clock_rows import CLASSIFIED, clock_rows
from sla_svc.adapters.encoding import clocks_decoded
from sla_svc.adapters.handled import HANDLES
from sla_svc.adapters.own_stream import told_in
from sla_svc.adapters.rulebooks import by_rulebook
from sla_svc.adapters.standing import Standing
from sla_svc.domain.clocks.differences import Said, difference
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.clocks.restoring import restored
from sla_svc.domain.conservation import ENDS, unaccounted_seconds
from sla_svc.domain.facts import Observed, observed, seconds
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.rulebook import Rulebook
from sla_svc.ports import Rulebooks, TicketRow, Tickets

AT_ONCE: Final = 20
"""Tickets that are judged before other tasks get their turn: one of those may be in a transaction and hold locks."""

TRIED_MAX: Final = 10_000
"""Tickets of which it is remembered from where they were appended to last."""


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
        return await by_rulebook(self._rulebooks, lambda rulebook: self._decide(batch, rulebook))

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
        return await by_rulebook(self._rulebooks, lambda rulebook: self._fire_all(timers, through, rulebook))

    async def next_due(self, partitions: Collection[int], without: Collection[str]) -> Mapping[int, datetime]:
        """The earliest of each partition."""
        return await self._tickets.next_due(partitions, without)

    async def write(self, transaction: Transaction, outcome: Outcome) -> None:
        """The rows of the tickets, and of their clocks for those who ask."""
        rows: Sequence[TicketRow] = outcome.rows
        await self._tickets.save(transaction, rows)

    async def _decide(self, batch: Sequence[Recorded[Fact]], rulebook: Rulebook) -> Outcome:
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

    async def _fire_all(self, timers: Sequence[Timer], through: Mapping[int, datetime], rulebook: Rulebook) -> Outcome:
        loaded = await self._standings([timer.row for timer in timers], rulebook)
        standings: list[Standing] = []
        again: datetime | None = None
        for place, (timer, standing) in enumerate(zip(timers, loaded, strict=True), 1):
            if again is not None and again < timer.due_at:
                break
            if place % AT_ONCE == 0:
                await asyncio.sleep(0)
            self._fire(standing, seconds(timer.due_at), rulebook)
            standings.append(standing)
            while (due_at := standing.due_quietly) is not None and due_at <= through[timer.partition]:
                self._fire(standing, seconds(due_at), rulebook)
            due_at = standing.due_at
            again = due_at if again is None else again if due_at is None else min(again, due_at)
        return self._outcome(standings, {})

    async def _standings(self, rows: Sequence[TicketRow], rulebook: Rulebook) -> Sequence[Standing]:
        """As the rows have them; of those that could not be committed a moment ago, as their streams tell."""
        again = [row.ticket_id for row in rows if self._tried.get(row.ticket_id) == row.stream_version]
        streams = await self.store.load_many(again) if again else {}
        return [_standing(row, streams.get(row.ticket_id), rulebook) for row in rows]

    def _take_in(self, standing: Standing, new: Sequence[Recorded[Fact]], rulebook: Rulebook) -> None:
        facts = [observed(recorded) for recorded in new]
        standing.facts.extend(facts)
        if any(fact.kind == CLASSIFIED for fact in facts):
            standing.shown = ()
        if any(fact.kind in ENDS for fact in facts):
            self._account(standing.facts)
        if standing.knows_its_causes:
            self._judge(standing, rulebook, (facts[-1].event_id, facts[-1].recorded_at))

    def _account(self, facts: Sequence[Observed]) -> None:
        """Where its time went, whenever it is over: it takes longer than all the rest that is done for a fact."""
        missing = unaccounted_seconds([(facts, max(fact.at for fact in facts))])
        if missing:
            self._figures.unaccounted(missing)

    def _judge(self, standing: Standing, rulebook: Rulebook, cause: tuple[str, int]) -> None:
        now = judge(standing.facts, rulebook, self._metrics, standing.row.horizon)
        standing.take(difference(standing.clocks, now, cause))

    def _fire(self, standing: Standing, due: int, rulebook: Rulebook) -> None:
        """What falls due at this moment; a deadline may start other clocks."""
        standing.row = replace(standing.row, horizon=max(standing.row.horizon, due))
        if standing.fire(due) & self._start_others and standing.knows_its_causes:
            self._judge(standing, rulebook, (standing.said[-1].cause, due))

    def _outcome(self, standings: Sequence[Standing], causes: Mapping[str, Stored]) -> Outcome:
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

    def _row(self, standing: Standing, version: int, digest: bytes, due_at: datetime | None) -> TicketRow:
        return replace(
            standing.row,
            facts=standing.facts_encoded,
            clocks=standing.clocks_encoded,
            stream_version=version,
            stream_digest=digest,
            due_at=due_at,
            rows=clock_rows(to_show, standing.facts, self._metrics) if (to_show := standing.to_show) else (),
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


def _standing(row: TicketRow, stream: Stream | None, rulebook: Rulebook) -> Standing:
    """By the row, unless its stream, which was looked at because of a conflict, has gone on without it."""
    if stream is None or stream.version == row.stream_version:
        clocks = clocks_decoded(row.clocks, rulebook.terms_of) if row.clocks else []
        return Standing(row, clocks, tuple(clocks))
    clocks = restored(told_in(stream.events), rulebook.terms_of)
    horizon = max([row.horizon, *(mark.at for clock in clocks for mark in clock.marks)])
    moved = replace(row, stream_version=stream.version, stream_digest=stream.digest, horizon=horizon)
    return Standing(moved, clocks, ())
