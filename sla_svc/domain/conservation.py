"""Where the lifetime of a ticket went: every second of it in a tier, unassigned, paused or closed.

Each kind of time is a set of intervals that is built from the events that begin and end it, by a function of its own;
none is what the others leave over. So if the sums ever differ from the lifetime, the events contradict each other or we
misread them, and `unaccounted` counts the seconds.

Where intervals overlap, closed goes before paused, paused before unassigned, and unassigned before the tier: a ticket
that waits in a queue is unassigned, one that waits for the customer is paused wherever it lies, and nobody has a closed
one. The lifetime begins when the customer made contact.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sla_svc.domain.facts import Observed, in_order, seconds_of_text

Intervals = list[tuple[int, int]]
"""Half-open, in order and apart."""

TIERS: Final = ("CSE", "PSE", "RDE")

_MOVES: Final = frozenset(
    {"TicketRouted", "TicketEscalated", "TicketHandedBack", "TechnicalCaseAnswered", "TicketReopened"}
)
"""Into a tier, whether the ticket was in one before or not."""

ENDS: Final = frozenset({"TicketResolved", "TicketClosed", "ConsultationWithdrawn"})
"""After which nothing more is to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conservation:
    """Seconds. `tiers` has all of them, in their order."""

    tiers: Mapping[str, int]
    unassigned: int
    paused: int
    closed: int
    lifetime: int

    @property
    def unaccounted(self) -> int:
        """What the lifetime has more than its parts; less than nothing if they have more. Must be 0."""
        return self.lifetime - sum(self.tiers.values()) - self.unassigned - self.paused - self.closed


def conservation(facts: Iterable[Observed], until: int) -> Conservation | None:
    """Of one ticket up to a moment; none of one that did not exist by then."""
    ordered = in_order(facts)
    began = _began(ordered)
    if began is None or began > until:
        return None
    known = [fact for fact in ordered if fact.at <= until]
    span = began, until
    closed = _within(closed_time(known, until), span)
    paused = _without(_within(paused_time(known, until), span), closed)
    unassigned = _without(_within(unassigned_time(known, began, until), span), _union(closed, paused))
    taken = _union(_union(closed, paused), unassigned)
    return Conservation(
        tiers={tier: _length(_without(_within(tier_time(known, tier, until), span), taken)) for tier in TIERS},
        unassigned=_length(unassigned),
        paused=_length(paused),
        closed=_length(closed),
        lifetime=until - began,
    )


def unaccounted_seconds(tickets: Iterable[tuple[Sequence[Observed], int]]) -> int:
    """Over many tickets, each with its facts and a moment: a figure that must stay 0, whichever way one is wrong."""
    found = (conservation(facts, until) for facts, until in tickets)
    return sum(abs(each.unaccounted) for each in found if each is not None)


def tier_time(facts: Iterable[Observed], tier: str, until: int) -> Intervals:
    """From any event that says that the tier has the ticket, to one that says that another has it, or to its end."""
    return _intervals(
        facts,
        begins=lambda fact: _tier_named(fact) == tier,
        ends=lambda fact: fact.kind in ENDS or _tier_named(fact) not in {None, tier},
        until=until,
    )


def unassigned_time(facts: Iterable[Observed], began: int, until: int) -> Intervals:
    """From the beginning, and from whatever takes the ticket from everybody, to the next who takes it."""
    since_taken = _intervals(facts, begins=_is_left, ends=_is_taken, until=until)
    first_taken = next((fact.at for fact in facts if _is_taken(fact)), until)
    return _union([(began, first_taken)] if began < first_taken else [], since_taken)


def paused_time(facts: Sequence[Observed], until: int) -> Intervals:
    """The union over the reasons: from a pause to its resumption, or to an end or a new beginning of the ticket."""
    paused: Intervals = []
    for reason in sorted({fact.data["reason"] for fact in facts if fact.kind == "TicketPaused"}):
        paused = _union(paused, _paused_for(facts, reason, until))
    return paused


def closed_time(facts: Iterable[Observed], until: int) -> Intervals:
    """From when nothing more is to be done, or nothing more is wanted, to when a tier has the ticket again."""
    return _intervals(
        facts,
        begins=lambda fact: fact.kind in ENDS,
        ends=lambda fact: fact.kind in _MOVES,
        until=until,
    )


def _paused_for(facts: Iterable[Observed], reason: str, until: int) -> Intervals:
    return _intervals(
        facts,
        begins=lambda fact: fact.kind == "TicketPaused" and fact.data["reason"] == reason,
        ends=lambda fact: (
            (fact.kind == "TicketResumed" and fact.data["reason"] == reason)
            or fact.kind in ENDS
            or fact.kind == "TicketReopened"
        ),
        until=until,
    )


def _began(facts: Sequence[Observed]) -> int | None:
    """By the record as it was put right; of a ticket whose record is not here yet, the first that is known of it."""
    received = next((fact for fact in facts if fact.kind == "ConsultationReceived"), None)
    if received is None:
        return facts[0].at if facts else None
    corrected = [fact for fact in facts if fact.kind == "ConsultationCorrected" and fact.data.get("contacted_at")]
    last = max(corrected, key=lambda fact: fact.version, default=received)
    return seconds_of_text(last.data["contacted_at"])


def _tier_named(fact: Observed) -> str | None:
    """The tier that has the ticket now, by the event's own word."""
    if fact.kind == "TechnicalCaseAnswered":
        return "PSE"
    return fact.data["tier"] if fact.kind in _MOVES or fact.kind == "TicketAssigned" else None


def _is_taken(fact: Observed) -> bool:
    """By somebody; the answer to a technical case may go straight to the one who asked."""
    return fact.kind == "TicketAssigned" or (fact.kind == "TechnicalCaseAnswered" and "agent_id" in fact.data)


def _is_left(fact: Observed) -> bool:
    return (fact.kind in _MOVES and not _is_taken(fact)) or fact.kind in {"TicketReleased", "TicketTransferred"}


def _intervals(
    facts: Iterable[Observed], *, begins: Callable[[Observed], bool], ends: Callable[[Observed], bool], until: int
) -> Intervals:
    """From each fact that begins one to the next that ends it; facts are in order."""
    found: Intervals = []
    since: int | None = None
    for fact in facts:
        if since is not None and ends(fact):
            found.append((since, fact.at))
            since = None
        elif since is None and begins(fact):
            since = fact.at
    if since is not None:
        found.append((since, until))
    return [(start, end) for start, end in found if start < end]


def _within(intervals: Intervals, span: tuple[int, int]) -> Intervals:
    clipped = [(max(start, span[0]), min(end, span[1])) for start, end in intervals]
    return [(start, end) for start, end in clipped if start < end]


def _union(some: Intervals, others: Intervals) -> Intervals:
    joined: Intervals = []
    for start, end in sorted(some + others):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def _without(intervals: Intervals, taken: Intervals) -> Intervals:
    left: Intervals = []
    for start, end in intervals:
        at = start
        for taken_from, taken_to in taken:
            if taken_to <= at or taken_from >= end:
                continue
            if taken_from > at:
                left.append((at, taken_from))
            at = taken_to
        if at < end:
            left.append((at, end))
    return left


def _length(intervals: Intervals) -> int:
    return sum(end - start for start, end in intervals)
