"""What must be true of the clocks of an imported history: looked for in every ticket, and counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from services.wiring import Zixun
from shared_events.contracts import decode
from shared_events.contracts.sla import SlaBreached, SlaBreachRetracted, SlaWarned, SlaWarningRetracted
from sla_svc.adapters.encoding import clocks_decoded, facts_decoded
from sla_svc.adapters.rulebooks import Rulebooks
from sla_svc.adapters.tickets import PostgresTickets
from sla_svc.domain.clocks.clock import BREACH, Clock
from sla_svc.domain.clocks.deadlines import breached_at, elapsed_at
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.conservation import conservation
from sla_svc.domain.explaining.explanation import Explanation, explained
from sla_svc.domain.facts import Observed, seconds
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.rulebook import Rulebook
from sla_svc.ports import TicketRow

_PAGE: Final = 500


@dataclass(slots=True)
class Examined:
    """What was found in the rows and in the events; each line of `wrong` names a ticket and what is wrong with it."""

    tickets: int = 0
    clocks: int = 0
    breached: int = 0
    events: int = 0
    wrong: list[str] = field(default_factory=list)


async def examine(zixun: Zixun) -> Examined:
    """Every ticket of a system into which nothing but history has come, and all that is over has been said."""
    found, tickets = Examined(), PostgresTickets(zixun.pool)
    rulebook, now = await Rulebooks(zixun.stores["sla"], zixun.clock).current(), seconds(zixun.clock.now())
    rows = await tickets.page("", _PAGE)
    while rows:
        streams = await zixun.stores["sla"].load_many([row.ticket_id for row in rows])
        for row in rows:
            facts = facts_decoded(row.facts)
            clocks = clocks_decoded(row.clocks, rulebook.terms_of)
            told = [decode(event) for event in streams[row.ticket_id].events]
            found.tickets += 1
            found.clocks += len(clocks)
            found.events += len(told)
            found.breached += sum(isinstance(event, SlaBreached) for event in told)
            wrong = [
                *_wrong_of_events(told, clocks),
                *_wrong_of_clocks(row, facts, clocks, rulebook, now=now),
                *_wrong_of_explanations(explained(clocks, facts, now), now),
                *_wrong_of_lifetime(facts, now),
            ]
            found.wrong += [f"{row.ticket_id}: {each}" for each in wrong]
        rows = await tickets.page(rows[-1].ticket_id, _PAGE)
    return found


def _wrong_of_events(told: Sequence[object], clocks: Sequence[Clock]) -> list[str]:
    """Of the past nobody is warned or notified; and what was said once was right."""
    breaches = [event for event in told if isinstance(event, SlaBreached)]
    wrong = [f"{type(event).__name__} about the past" for event in told if isinstance(event, SlaWarned)]
    wrong += [f"a notice about the past: {event.metric}" for event in breaches if event.notice]
    wrong += [f"{event.metric} was escalated" for event in breaches if event.escalate or event.raise_urgency]
    wrong += [
        f"{type(event).__name__} of what history never changed"
        for event in told
        if isinstance(event, SlaBreachRetracted | SlaWarningRetracted)
    ]
    said = sorted((event.clock_id, seconds(event.at)) for event in breaches)
    marked = sorted((clock.clock_id, mark.at) for clock in clocks for mark in clock.marks if mark.name == BREACH)
    return wrong if said == marked else [*wrong, f"breaches were said at {said}, and the clocks have {marked}"]


def _wrong_of_clocks(
    row: TicketRow, facts: Sequence[Observed], clocks: Sequence[Clock], rulebook: Rulebook, *, now: int
) -> list[str]:
    """The clocks are those of all facts, judged at once; and what is over was said."""
    wrong = [] if row.due_at is None or seconds(row.due_at) > now else [f"nobody has said what was due at {row.due_at}"]
    judged = {clock.clock_id: clock.turns for clock in judge(facts, rulebook, METRICS, now)}
    kept = {clock.clock_id: clock.turns for clock in clocks if not clock.is_superseded}
    if {name: list(turns) for name, turns in judged.items()} != {name: list(turns) for name, turns in kept.items()}:
        wrong.append("its clocks are not those of its facts")
    for clock in clocks:
        true = breached_at(clock, now)
        if true is not None and true not in {mark.at for mark in clock.marks}:
            wrong.append(f"{clock.metric} was over its target at {true}, and nobody said so")
    return wrong


def _wrong_of_explanations(explanations: Sequence[Explanation], now: int) -> list[str]:
    """Segments without gaps, of which those that count add up to what the clock has counted, and so do the shares."""
    wrong: list[str] = []
    for each in explanations:
        clock, segments = each.clock, each.segments
        if clock.is_superseded:
            continue
        counted = clock.turns[-1].elapsed if clock.ended_at is not None else elapsed_at(clock.turns, now)
        over = max(counted - clock.terms.rule.target_seconds, 0)
        name = f"{clock.metric} {clock.cycle}"
        if each.elapsed != counted:
            wrong.append(f"{name} has counted {counted} s, and its explanation {each.elapsed}")
        if any(before.end != after.start for before, after in pairwise(segments)):
            wrong.append(f"the explanation of {name} has a gap")
        if sum(share.seconds for share in each.whole) != counted:
            wrong.append(f"whose time {name} counted does not add up to {counted} s")
        if sum(share.seconds for share in each.overrun) != over:
            wrong.append(f"whose time {name} was over does not add up to {over} s")
    return wrong


def _wrong_of_lifetime(facts: Sequence[Observed], now: int) -> list[str]:
    whole = conservation(facts, now)
    if whole is None:
        return ["it has no beginning"]
    return [f"{whole.unaccounted} s of its lifetime are unaccounted for"] if whole.unaccounted else []
