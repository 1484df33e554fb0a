"""Whether SLA fires in time is seen from its rows alone, however many tickets there are."""

from services.observability.timers import COUNTED_MAX, TimersStanding, timers
from tests.services.stands import Stand


async def look(stand: Stand) -> TimersStanding:
    return await timers(stand.zixun.pool, stand.zixun.clock)


async def test_where_nothing_falls_due_there_is_no_next_moment(stand: Stand) -> None:
    assert await look(stand) == TimersStanding(waiting=0, next_due_at=None, late_seconds=0.0)


async def test_what_waits_is_counted_and_is_not_late_before_it_is_due(stand: Stand) -> None:
    await stand.receive(3)
    await stand.relay()
    await stand.take_in("sla")
    found = await look(stand)
    first = await stand.zixun.pool.fetchval("select min(due_at) from sla.ticket")
    assert first > stand.zixun.clock.now()
    assert found == TimersStanding(waiting=3, next_due_at=first, late_seconds=0.0)


async def test_how_late_is_told_by_the_first_but_for_those_whose_events_are_parked(stand: Stand) -> None:
    await stand.zixun.pool.execute(
        """
        insert into sla.ticket select id, 3, '', '', 0, '', 0, now() - age
        from (values ('t-1', interval '1 hour'), ('t-2', interval '2 hours')) t(id, age)
        """
    )
    assert 7200 <= (await look(stand)).late_seconds < 7300
    await stand.receive()
    await stand.relay()
    await stand.zixun.pool.execute(
        """
        insert into sla.parked select 'sla', partition, "offset", source, sequence, 't-2', version, event_id, type,
            schema_version, occurred_at, recorded_at, actor, origin, correlation_id, causation_id, trace_context, body,
            digest, 'no', now() from log.log_entry limit 1
        """
    )
    assert 3600 <= (await look(stand)).late_seconds < 3700


async def test_however_many_wait_only_so_many_are_counted(stand: Stand) -> None:
    await stand.zixun.pool.execute(
        "insert into sla.ticket select n::text, n % 12, '', '', 0, '', 0, now() from generate_series(1, $1) n",
        COUNTED_MAX + 1,
    )
    assert (await look(stand)).waiting == COUNTED_MAX
