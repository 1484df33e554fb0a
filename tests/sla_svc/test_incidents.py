"""The clocks of real history: everything about them is true, and nobody is warned or notified of what is long over."""

import pytest

from benchmarks.incidents import take_in
from benchmarks.incidents_examined import Examined, examine
from services.clock_rebuilding import check_clocks
from services.importing.importer import Importer
from services.importing.incident_file import read_cases
from shared_events.clock import SystemClock
from shared_events.http import Role
from tests.services.importing.imports import centre, real_log
from tests.system.serving import serving

EVERY = 75
"""One case in so many is a fair choice from those years: three hundred of them."""

TIERS = {"tier_cse": "CSE", "tier_pse": "PSE", "tier_rde": "RDE"}


@pytest.mark.timeout(300)
async def test_of_real_history_every_clock_is_explained_and_no_notice_is_given(database: str) -> None:
    found = await clocks_of_history(database, EVERY)
    assert (found.tickets, found.wrong) == (101, [])
    await check_figures(database)


@pytest.mark.torture
@pytest.mark.timeout(3600)
async def test_so_it_is_with_the_whole_incident_log(database: str) -> None:
    found = await clocks_of_history(database, 1)
    assert (found.tickets, found.wrong) == (7554, [])
    await check_figures(database)


async def clocks_of_history(database: str, every: int) -> Examined:
    """Import one case in so many, and look at each ticket."""
    chosen = read_cases(real_log(), SystemClock().now())[::every]
    async with centre(database) as zixun:
        await Importer(zixun).run(chosen, lambda _done, _total: None)
        for relay in zixun.relays:
            while await relay.turn():
                pass
        await take_in(zixun)
        found = await examine(zixun)
        assert found.breached > 0, "some of them took too long"
        derived = await check_clocks(zixun, lambda _done, _total: None)
        assert (derived.tickets, derived.mismatches) == (found.tickets, [])
        await zixun.presence.leave()
    return found


async def check_figures(database: str) -> None:
    """What the API says of each tier is what is in the rows."""
    async with serving(database) as served:
        answer = await served.get("/v1/clock-figures", Role.ANALYST)
        rows = await served.zixun.pool.fetch(
            """
            select metric, tier, count(*) as met, count(*) filter (where in_time) as in_time,
                count(*) filter (where breached_at is not null) as breached
            from sla.clock where state = 'met' and tier is not null group by metric, tier
            """
        )
    assert answer.status_code == 200, answer.text
    of_tiers = [each for each in answer.json()["items"] if each["tier"] is not None]
    assert {each["metric"]: each["tier"] for each in of_tiers} == TIERS
    counts = ("metric", "tier", "met", "in_time", "breached")
    shown = sorted(tuple(each[name] for name in counts) for each in of_tiers)
    assert shown == sorted(tuple(row) for row in rows)
    assert all(each["met"] == each["in_time"] + each["breached"] for each in of_tiers)
