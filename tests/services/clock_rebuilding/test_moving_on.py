"""SLA's rows are compared and written again beside everything that goes on, and nothing is said anew."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.clock_rebuilding import ClocksChecked, check_clocks
from tests.services.clock_rebuilding.ground import Ground, standing_on, unreported
from tests.shared_events.conftest import FixedClock
from tests.shared_events.runtime.world import tamper
from tests.system.conftest import centre
from tests.system.journey import AT_CSE, PROPOSAL, acceptance, routed, submission
from tests.system.serving import Centre

__all__ = ["centre"]


@pytest.fixture
async def ground(database: str) -> AsyncIterator[Ground]:
    """Of one test alone."""
    async with standing_on(database) as made:
        yield made


async def test_a_worker_learns_when_the_timer_that_was_mended_falls_due(ground: Ground) -> None:
    await ground.receive(1, timedelta())
    await ground.go_on()
    await tamper(ground.database, "update sla.ticket set due_at = '2100-01-01'")
    ground.clock.advance(timedelta(days=30).total_seconds())
    before = await ground.said()
    await ground.go_on()
    assert await ground.said() == before, "nothing is due by the wrong row, and the worker knows of no other moment"

    assert (await ground.mend()).mended == 1
    await ground.go_on()

    assert await ground.zixun.pool.fetchval("select count(*) from sla.event where type = 'SlaBreached'") > 0
    assert (await ground.check()).different == 0


async def test_what_was_decided_by_a_wrong_row_is_not_committed(ground: Ground) -> None:
    """Whoever holds the partition has to take it over again."""
    await ground.receive(1, timedelta())
    await ground.go_on()
    pool = ground.zixun.pool
    of_each = "select partition, c.epoch, s.epoch from sla.checkpoint c join sla.share s using (consumer, partition)"
    before = {partition: epochs for partition, *epochs in await pool.fetch(of_each)}
    await tamper(ground.database, "update sla.ticket set due_at = null")

    await ground.mend()

    mine = await pool.fetchval("select partition from sla.ticket")
    after = {partition: epochs for partition, *epochs in await pool.fetch(of_each)}
    assert after == before | {mine: [epoch + 1 for epoch in before[mine]]}


async def test_what_judging_again_would_say_is_named_and_left_to_the_process(ground: Ground) -> None:
    await ground.receive(2, timedelta())
    await ground.go_on()
    (forgotten,) = await ground.zixun.pool.fetch("select ticket_id from sla.ticket order by 1 limit 1")
    ticket = forgotten["ticket_id"]
    await tamper(ground.database, f"delete from sla.event where subject = '{ticket}'")

    mended = await ground.mend()

    assert (mended.different, mended.mended, mended.wrong) == (1, 0, 1)
    unsaid = [each for each in mended.mismatches if not each.in_rows]
    assert {each.ticket_id for each in unsaid} == {ticket}
    assert {(each.expected.split()[0], each.found) for each in unsaid} == {("ClockStarted", "not said")}
    assert await ground.zixun.pool.fetchval("select count(*) from sla.clock where ticket_id = $1", ticket) == 0


async def test_tickets_whose_events_are_parked_are_left_out_and_named(ground: Ground) -> None:
    await ground.receive(1, timedelta())
    await ground.go_on()
    await tamper(ground.database, "update sla.ticket set due_at = null")
    await tamper(
        ground.database,
        """
        insert into sla.parked select 'sla', partition, "offset", source, sequence, subject, version, event_id, type,
            schema_version, occurred_at, recorded_at, actor, origin, correlation_id, causation_id, trace_context, body,
            digest, 'no', now() from log.log_entry limit 1
        """,
    )
    checked = await ground.check()
    ticket = await ground.zixun.pool.fetchval("select ticket_id from sla.ticket")
    assert (checked.tickets, checked.different, checked.parked) == (0, 0, [ticket])


async def test_it_waits_for_the_copy_of_the_log_that_the_ledger_keeps(ground: Ground) -> None:
    """Where the log is in Kafka, SLA may be ahead of it for a moment."""
    await ground.receive(3, timedelta())
    await ground.go_on()
    await tamper(ground.database, "update sla.ticket set due_at = null")
    await tamper(ground.database, "update log.head set next_offset = next_offset - 1")
    looked = asyncio.Event()

    async def check() -> ClocksChecked:
        return await check_clocks(ground.zixun, lambda _done, _total: looked.set())

    checking = asyncio.create_task(check())
    await looked.wait()
    await tamper(ground.database, "update log.head set next_offset = next_offset + 1")
    checked = await checking
    assert (checked.different, checked.undecided) == (3, [])


async def test_a_ticket_that_moves_on_meanwhile_is_not_wrong(centre: Centre, database: str) -> None:
    async def live() -> None:
        ticket = await routed(centre)
        await ticket.walk(*AT_CSE, PROPOSAL, submission(1), acceptance(1))

    async def look() -> None:
        while not done.is_set():
            checked = await check_clocks(centre.zixun, unreported)
            assert (checked.mismatches, checked.undecided) == ([], [])

    done = asyncio.Event()
    looking = asyncio.create_task(look())
    await asyncio.gather(*(live() for _ in range(8)))
    await centre.settled()
    done.set()
    await looking
    assert (await check_clocks(centre.zixun, unreported)).tickets == 8


async def test_rows_are_mended_while_the_system_goes_on(centre: Centre, database: str) -> None:
    tickets = [await routed(centre) for _ in range(4)]
    await centre.settled()
    tampered = Ground(centre.zixun, FixedClock(), database)
    await tamper(database, "update sla.ticket set due_at = null; update sla.clock set state = 'paused'")

    walks = asyncio.gather(*(ticket.walk(*AT_CSE, PROPOSAL, submission(1)) for ticket in tickets))
    mended = await tampered.mend()
    await walks
    await centre.settled()

    assert (mended.different, mended.wrong) == (4, 0)
    assert (await tampered.check()).mismatches == []
