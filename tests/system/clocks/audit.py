"""What must hold of all clocks in a database when everything that is due was fired, whatever happened before."""

from collections import Counter

from services.wiring import Zixun
from shared_events.contracts import decode
from shared_events.contracts.base import Origin
from shared_events.contracts.sla import SlaBreached, SlaBreachRetracted, SlaWarned, SlaWarningRetracted
from sla_svc.adapters.encoding import clocks_decoded, facts_decoded
from sla_svc.adapters.rulebooks import Rulebooks
from sla_svc.adapters.tickets import PostgresTickets
from sla_svc.domain.clocks.clock import BREACH
from sla_svc.domain.clocks.deadlines import crossings
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.clocks.restoring import Told, restored
from sla_svc.domain.facts import seconds
from sla_svc.domain.metrics import METRICS
from tests.sla_svc.domain.clocks.telling import standing


async def check_clocks(zixun: Zixun) -> Counter[str]:
    """Nothing is said twice, and what stands is true; how often each type of event was said."""
    rulebook, now = await Rulebooks(zixun.stores["sla"], zixun.clock).current(), seconds(zixun.clock.now())
    types: Counter[str] = Counter()
    rows = await PostgresTickets(zixun.pool).page("", 10_000)
    streams = await zixun.stores["sla"].load_many([row.ticket_id for row in rows])
    for row in rows:
        events = streams[row.ticket_id].events
        types.update(event.type for event in events)
        clocks = clocks_decoded(row.clocks, rulebook.terms_of)
        judged = judge(facts_decoded(row.facts), rulebook, METRICS, row.horizon)
        assert standing(clocks, marks=False) == standing(judged, marks=False)
        told = [Told(decode(event), event.origin is Origin.LIVE) for event in events]  # type: ignore[arg-type] # SLA's own
        assert standing(restored(told, rulebook.terms_of)) == standing(clocks)
        said: Counter[tuple[str, str, int]] = Counter()
        for event in (each.event for each in told):
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
            assert set(said.values()) <= {0, 1}, row.ticket_id
        kept = [clock for clock in clocks if not clock.is_superseded]
        reached = {
            (clock.clock_id, each.name, each.at)
            for clock in kept
            for each in crossings(clock.turns)
            if each.notice or each.name == BREACH
        }
        stand = {named for named, count in said.items() if count}
        assert stand <= reached, row.ticket_id
        assert {named for named in reached if named[2] < now - 1} <= stand, row.ticket_id
    return types
