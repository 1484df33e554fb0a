"""Whose time it was: who had the ticket, or for whom it waited, in each second that a clock counted.

| party | whose time |
|---|---|
| `tier` | an agent's of that tier |
| `queue` | a team's in that tier: it has the ticket, and nobody of it has taken it |
| `hand_over` | nobody's: it left one team, and the next has not taken it |
| `customer` | the customer's: the ticket waits for them, for a user of theirs, or for their verdict |
| `vendor`, `implementation`, `other` | of whoever else the ticket waits for |
| `reception` | before it was given to any tier |
| `closed` | nobody's: after it was resolved or closed |

A wait goes before whoever has the ticket, and of several waits the customer's goes first. The parties share out exactly
the seconds that were counted: of a clock's whole time, or of what it was over its target by.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from sla_svc.domain.explaining.segments import Segment
from sla_svc.domain.facts import Observed, in_order
from sla_svc.domain.story import AWAITING_VERDICT, Story


class Party(StrEnum):
    """Whose time it can be."""

    TIER = "tier"
    QUEUE = "queue"
    HAND_OVER = "hand_over"
    CUSTOMER = "customer"
    VENDOR = "vendor"
    IMPLEMENTATION = "implementation"
    OTHER = "other"
    RECEPTION = "reception"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who it was. `tier` and `team` of a hand-over are those to which the ticket goes."""

    party: Party
    tier: str | None = None
    team: str | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """From `at` on, until the next."""

    at: int
    holder: Holder


@dataclass(frozen=True, slots=True)
class Share:
    """So many of the counted seconds."""

    holder: Holder
    seconds: int


def held(facts: Iterable[Observed]) -> list[Held]:
    """Who had the ticket, in order; before the first it is the reception's."""
    story = Story()
    desk = _Desk()
    found: list[Held] = []
    last = _RECEPTION
    for fact in in_order(facts):
        story.tell(fact)
        desk = _desk_after(desk, fact, story)
        holder = _holder(desk, story)
        if holder != last:
            found.append(Held(fact.at, holder))
            last = holder
    return found


def shares(segments: Sequence[Segment], holders: Sequence[Held], *, beyond_seconds: int = 0) -> list[Share]:
    """Of the counted seconds, the largest first. `beyond_seconds`: without the first so many, as of a target."""
    sums: dict[Holder, int] = {}
    for start, end in _counted(segments, beyond_seconds):
        for holder, seconds in _split(start, end, holders):
            sums[holder] = sums.get(holder, 0) + seconds
    found = [Share(holder, seconds) for holder, seconds in sums.items()]
    return sorted(found, key=lambda share: (-share.seconds, share.holder.party, share.holder.tier or ""))


_WAITS: Final = {
    "customer": Party.CUSTOMER,
    "user": Party.CUSTOMER,
    AWAITING_VERDICT: Party.CUSTOMER,
    "vendor": Party.VENDOR,
    "implementation": Party.IMPLEMENTATION,
    "other": Party.OTHER,
}
"""Of several, the first goes."""

_RECEPTION: Final = Holder(Party.RECEPTION)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where the ticket lies, whatever it waits for."""

    tier: str | None = None
    team: str | None = None
    agent: str | None = None
    handed_over: bool = False


def _desk_after(desk: _Desk, fact: Observed, story: Story) -> _Desk:
    """A ticket that is routed or reopened was nobody's before, so that it lies in a queue; else it was handed over."""
    data = fact.data
    match fact.kind:
        case "TicketRouted" | "TicketReopened":
            return _Desk(story.tier, data["team"])
        case "TicketEscalated" | "TicketHandedBack" | "TechnicalCaseAnswered":
            agent = data.get("agent_id") if fact.kind == "TechnicalCaseAnswered" else None
            return _Desk(story.tier, data["team"], agent, handed_over=agent is None)
        case "TicketTransferred":
            return replace(desk, team=data["team"], agent=None, handed_over=True)
        case "TicketAssigned":
            return _Desk(data["tier"], data["team"], data["agent_id"])
        case "TicketReleased":
            return replace(desk, agent=None, handed_over=False)
        case _:
            return desk


def _holder(desk: _Desk, story: Story) -> Holder:
    if not story.is_open:
        return Holder(Party.CLOSED)
    waits = [party for reason, party in _WAITS.items() if reason in story.reasons]
    if waits:
        return Holder(waits[0])
    if desk.tier is None:
        return _RECEPTION
    if desk.agent is not None:
        return Holder(Party.TIER, desk.tier, desk.team, desk.agent)
    return Holder(Party.HAND_OVER if desk.handed_over else Party.QUEUE, desk.tier, desk.team)


def _counted(segments: Sequence[Segment], beyond_seconds: int) -> Iterator[tuple[int, int]]:
    left = beyond_seconds
    for segment in segments:
        if not segment.counted:
            continue
        skipped = min(left, segment.seconds)
        left -= skipped
        if skipped < segment.seconds:
            yield segment.start + skipped, segment.end


def _split(start: int, end: int, holders: Sequence[Held]) -> Iterator[tuple[Holder, int]]:
    """Each second to whoever had the ticket then."""
    holder, at = _RECEPTION, start
    for each in holders:
        if each.at >= end:
            break
        if each.at > at:
            yield holder, each.at - at
            at = each.at
        holder = each.holder
    yield holder, end - at
