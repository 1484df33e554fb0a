"""The facts and clocks of a ticket, as they are known now or as they were known at an earlier moment (D20)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import asyncpg

from shared_events.store.port import Store
from sla_svc.adapters.encoding import clocks_decoded, facts_decoded
from sla_svc.adapters.own_stream import told_in
from sla_svc.adapters.rulebooks import by_rulebook
from sla_svc.domain.clocks.clock import Clock
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.clocks.restoring import restored
from sla_svc.domain.conservation import unaccounted_seconds
from sla_svc.domain.facts import Observed, seconds
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.rulebook import Rulebook
from sla_svc.ports import Rulebooks, TicketRow, Tickets

_IS_BEHIND: Final = """
    select exists(
        select from sla.parked
        where subject = $1 and consumer = 'sla' and ($2::timestamptz is null or recorded_at <= $2)
    )
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of a ticket, and what was said of its clocks."""

    facts: Sequence[Observed]
    clocks: Sequence[Clock]


class KnownClocks:
    """Finds what is known."""

    def __init__(
        self,
        store: Store,
        tickets: Tickets,
        rulebooks: Rulebooks,
        metrics: Mapping[str, Metric],
        *,
        pool: asyncpg.Pool,
    ) -> None:
        self._store = store
        self._tickets = tickets
        self._rulebooks = rulebooks
        self._metrics = metrics
        self._pool = pool

    async def is_behind(self, ticket: str, known_at: datetime | None) -> bool:
        """Whether events of it could not be taken in (D9); of those that came after `known_at`, nothing was known."""
        found: bool = await self._pool.fetchval(_IS_BEHIND, ticket, known_at)
        return found

    async def of(self, ticket: str, known_at: datetime | None) -> Known | None:
        """None of a ticket of which SLA knows nothing, or knew nothing then."""
        row = (await self._tickets.load([ticket])).get(ticket)
        if row is None:
            return None
        return await by_rulebook(self._rulebooks, lambda rulebook: self._of(row, rulebook, known_at))

    async def _of(self, row: TicketRow, rulebook: Rulebook, known_at: datetime | None) -> Known | None:
        known = self._now(row, rulebook) if known_at is None else await self._then(row, rulebook, known_at)
        return known if known.facts else None

    def _now(self, row: TicketRow, rulebook: Rulebook) -> Known:
        """Rows keep no word about the policy's rows that did not match: judging again finds them."""
        facts = facts_decoded(row.facts)
        judged = {clock.clock_id: clock for clock in judge(facts, rulebook, self._metrics, row.horizon)}
        clocks = clocks_decoded(row.clocks, rulebook.terms_of)
        return Known(facts, [_with_rows_passed(clock, judged.get(clock.clock_id)) for clock in clocks])

    async def _then(self, row: TicketRow, rulebook: Rulebook, known_at: datetime) -> Known:
        """What was believed is what was said until then."""
        stream = await self._store.load(row.ticket_id, recorded_until=known_at)
        facts = [fact for fact in facts_decoded(row.facts) if fact.was_known(known_at)]
        return Known(facts, restored(told_in(stream.events), rulebook.terms_of))


def unaccounted_seconds_of(rows: Iterable[TicketRow], until: datetime) -> int:
    """Of the lifetimes of these tickets: the figure that must stay 0."""
    return unaccounted_seconds((facts_decoded(row.facts), seconds(until)) for row in rows)


def _with_rows_passed(clock: Clock, judged: Clock | None) -> Clock:
    if judged is None or list(judged.turns) != list(clock.turns):
        return clock  # it never ran, as is known now
    passed = [replace(turn, passed=again.passed) for turn, again in zip(clock.turns, judged.turns, strict=True)]
    return replace(clock, turns=passed)
