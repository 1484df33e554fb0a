"""What must hold of all clocks in a database when everything that is due was fired, whatever happened before."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import orjson

from services import clock_rebuilding
from services.wiring import Zixun
from shared_events.contracts import decode
from shared_events.contracts.base import Fact
from shared_events.contracts.sla import SlaBreached, SlaBreachRetracted, SlaWarned, SlaWarningRetracted
from sla_svc.adapters.encoding import clocks_decoded
from sla_svc.adapters.rulebooks import Rulebooks
from sla_svc.adapters.tickets import PostgresTickets
from sla_svc.domain.clocks.clock import BREACH
from sla_svc.domain.clocks.deadlines import crossings
from sla_svc.domain.facts import seconds

Named = tuple[str, str, int]
"""A clock, one of its thresholds, and the moment at which that fell due."""


async def check_clocks(zixun: Zixun) -> Counter[str]:
    """The rows are what follows, nothing is said twice, and what stands is true; how often each type was said."""
    derived = await clock_rebuilding.check_clocks(zixun, lambda _done, _total: None)
    assert (derived.mismatches, derived.undecided) == ([], [])
    rulebook, now = await Rulebooks(zixun.stores["sla"], zixun.clock).current(), seconds(zixun.clock.now())
    types: Counter[str] = Counter()
    rows = await PostgresTickets(zixun.pool).page("", 10_000)
    streams = await zixun.stores["sla"].load_many([row.ticket_id for row in rows])
    for row in rows:
        events = streams[row.ticket_id].events
        types.update(event.type for event in events)
        clocks = clocks_decoded(row.clocks, rulebook.terms_of)
        stand = _that_stand([decode(event) for event in events], row.ticket_id)
        kept = [clock for clock in clocks if not clock.is_superseded]
        reached = {
            (clock.clock_id, each.name, each.at)
            for clock in kept
            for each in crossings(clock.turns)
            if each.notice or each.name == BREACH
        }
        assert stand <= reached, row.ticket_id
        assert {named for named in reached if named[2] < now - 1} <= stand, row.ticket_id
    return types


async def check_shown(zixun: Zixun) -> None:
    """The ledger shows of every ticket what stands, and nothing else."""
    rows = await zixun.pool.fetch("select ticket_id, document from ledger.ticket")
    streams = await zixun.stores["sla"].load_many([row["ticket_id"] for row in rows])
    for row in rows:
        shown: Counter[Named] = Counter()
        for clock in orjson.loads(row["document"])["clocks"]:
            clock_id = clock["clock_id"]
            shown.update((clock_id, BREACH, _seconds(at)) for at in clock["breaches"])
            shown.update((clock_id, each["warning"], _seconds(each["at"])) for each in clock["warnings"])
        stand = _that_stand([decode(event) for event in streams[row["ticket_id"]].events], row["ticket_id"])
        assert shown == Counter(stand), row["ticket_id"]


async def check_order(zixun: Zixun) -> None:
    """Of every ticket what fell due was said in that order; only where no fact comes late it has to be so."""
    rows = await PostgresTickets(zixun.pool).page("", 10_000)
    for ticket, stream in (await zixun.stores["sla"].load_many([row.ticket_id for row in rows])).items():
        told = [decode(event) for event in stream.events]
        fell_due = [event.at for event in told if isinstance(event, SlaWarned | SlaBreached)]
        assert fell_due == sorted(fell_due), ticket


def _that_stand(told: Sequence[Fact], ticket: str) -> set[Named]:
    """What was said and not taken back; nothing was said twice, and nothing taken back that was not said."""
    said: Counter[Named] = Counter()
    for event in told:
        match event:
            case SlaWarned():
                said[event.clock_id, event.warning, seconds(event.at)] += 1
            case SlaBreached():
                said[event.clock_id, BREACH, seconds(event.at)] += 1
            case SlaWarningRetracted():
                said[event.clock_id, event.warning, seconds(event.warned_at)] -= 1
            case SlaBreachRetracted():
                said[event.clock_id, BREACH, seconds(event.breached_at)] -= 1
            case _:
                pass
        assert set(said.values()) <= {0, 1}, ticket
    return {named for named, count in said.items() if count}


def _seconds(moment: str) -> int:
    return seconds(datetime.fromisoformat(moment))
