"""What the rows of a ticket have to be, by its events in the log and by what SLA has said of it (P6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from shared_events.contracts import decode
from shared_events.contracts.envelope import GENESIS, Recorded, Stored
from shared_events.contracts.sla import PolicyMigrated, SlaBreached, SlaWarned
from shared_events.log.port import Entry
from shared_events.store.partition import partition_of
from sla_svc.adapters.clock_rows import clock_rows
from sla_svc.adapters.encoding import clocks_encoded, facts_encoded
from sla_svc.adapters.own_stream import told_in
from sla_svc.adapters.standing import Standing
from sla_svc.domain.clocks.differences import Said, difference
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.clocks.restoring import Told, restored
from sla_svc.domain.facts import observed, seconds
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.rulebook import Rulebook
from sla_svc.ports import ClockRow, TicketRow

_MIGRATED: Final = PolicyMigrated.__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The rows of one ticket, and what they were made of, all at the same moment."""

    ticket_id: str
    row: TicketRow | None
    clock_rows: Sequence[ClockRow]
    facts: Sequence[Entry]
    """As far as SLA has taken them in, in log order."""
    stream: Sequence[Stored]
    """SLA's own."""


@dataclass(frozen=True, slots=True)
class Derived:
    """The row that should be there, with those of all its clocks; none of a ticket of which SLA has heard nothing.

    `unsaid`: what judging again would say. It is SLA's process that says it, with the next event of the ticket.
    """

    row: TicketRow | None
    unsaid: Sequence[Said] = ()


def derived(evidence: Evidence, rulebook: Rulebook, metrics: Mapping[str, Metric]) -> Derived:
    """Raises `ValueError` or `LookupError` if an event cannot be read or understood."""
    facts = [observed(Recorded(decode(each.stored), each.stored, each.offset)) for each in evidence.facts]
    if not facts:
        return Derived(None)
    told = told_in(evidence.stream)
    row = replace(_place(evidence), facts=facts_encoded(facts), horizon=_horizon(evidence.row, told))
    standing = Standing(row, restored(told, rulebook.terms_of), ())
    unsaid: Sequence[Said] = ()
    if standing.knows_its_causes:
        now = judge(facts, rulebook, metrics, row.horizon)
        found = difference(standing.clocks, now, (facts[-1].event_id, facts[-1].recorded_at))
        unsaid = found.said
        if not unsaid:
            standing.take(found)  # it knows when each turn became known, which may be later than it was told
    row = replace(
        row,
        clocks=clocks_encoded(standing.clocks),
        due_at=standing.due_at,
        rows=clock_rows(standing.clocks, facts, metrics),
    )
    return Derived(row, unsaid)


def _place(evidence: Evidence) -> TicketRow:
    """Up to which of its own events the row knows them: what others append to the stream it learns from the log."""
    row, stream = evidence.row, evidence.stream
    version, digest = (stream[-1].version, stream[-1].digest) if stream else (0, GENESIS)
    if row is not None and 0 <= row.stream_version < version:
        behind = stream[row.stream_version :]
        before = stream[row.stream_version - 1].digest if row.stream_version else GENESIS
        if before == row.stream_digest and all(each.type == _MIGRATED for each in behind):
            version, digest = row.stream_version, row.stream_digest
    ticket = evidence.ticket_id
    return TicketRow(ticket_id=ticket, partition=partition_of(ticket), stream_version=version, stream_digest=digest)


def _horizon(row: TicketRow | None, told: Sequence[Told]) -> int:
    """A timer may have found nothing to say, so the row may know of a later moment than the events."""
    said = (seconds(each.event.at) for each in told if isinstance(each.event, SlaWarned | SlaBreached))
    return max(0 if row is None else row.horizon, max(said, default=0))
