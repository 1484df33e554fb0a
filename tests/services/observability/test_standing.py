"""Where everybody stands follows from the rows alone, and looking costs the same however many events there are."""

from services.observability.standing import Standing, standing
from services.observability.workers import workers
from services.worker import working
from shared_events.store.partition import PARTITIONS
from tests.services.stands import Stand, until


async def stands(stand: Stand) -> Standing:
    return await standing(stand.zixun.pool, stand.zixun.clock)


async def test_of_an_empty_system_everybody_is_up_to_date(stand: Stand) -> None:
    found = await stands(stand)
    assert found.engine == "postgres"
    assert [(each.source, each.lag_events) for each in found.relays] == [
        ("intake", 0),
        ("routing", 0),
        ("sla", 0),
        ("feedback", 0),
    ]
    assert {each.consumer for each in found.consumers} == {"intake", "routing", "sla", "feedback", "ledger"}
    assert len(found.consumers) == 5 * PARTITIONS
    assert {(each.lag_events, each.lag_seconds) for each in found.consumers} == {(0, 0.0)}
    assert {(each.subjects, each.events) for each in found.parked} == {(0, 0)}


async def test_the_lag_of_a_partition_is_that_of_its_oldest_event(stand: Stand) -> None:
    await stand.receive(5)
    first = {(each.consumer, each.partition): each for each in (await stands(stand)).consumers if each.lag_events}
    await stand.receive(5)
    second = {(each.consumer, each.partition): each for each in (await stands(stand)).consumers}
    assert sum(each.lag_events for each in first.values()) == 5 * 10
    assert sum(each.lag_events for each in second.values()) == 5 * 20
    assert all(second[place].lag_seconds > each.lag_seconds > 0 for place, each in first.items())


async def test_a_consumer_that_a_later_release_brings_is_seen_too(stand: Stand) -> None:
    await stand.zixun.pool.execute(
        "insert into sla.checkpoint (consumer, partition, log_id, next_offset, epoch) values ('sla', 0, $1, 0, 1)",
        await stand.zixun.log.log_id(),
    )
    assert "sla" in {each.consumer for each in (await stands(stand)).consumers}


async def test_where_the_log_is_in_kafka_the_copy_that_the_ledger_keeps_is_a_consumer_too(stand: Stand) -> None:
    await stand.receive()
    await stand.zixun.pool.execute("select log.adopt(gen_random_uuid())")
    found = await stands(stand)
    archived = [each.lag_events for each in found.consumers if each.consumer == "archive"]
    assert (found.engine, len(archived), sum(archived)) == ("kafka", PARTITIONS, 2)


async def test_what_is_parked_is_counted_by_subjects_and_events(stand: Stand) -> None:
    await stand.receive(2)
    await stand.relay()
    await stand.zixun.pool.execute(
        """
        insert into ledger.parked
        select 'ledger', partition, "offset", source, sequence, subject, version, event_id, type, schema_version,
            occurred_at, recorded_at, actor, origin, correlation_id, causation_id, trace_context, body, digest,
            'no', now()
        from log.log_entry
        """
    )
    parked = {each.consumer: (each.subjects, each.events) for each in (await stands(stand)).parked}
    assert parked == {"intake": (0, 0), "routing": (0, 0), "sla": (0, 0), "feedback": (0, 0), "ledger": (2, 4)}


async def test_who_works_is_seen_while_they_do_and_no_longer(stand: Stand) -> None:
    async def everything_is_held() -> bool:
        who = await workers(stand.zixun.pool)
        held = {consumer: sum(partitions.values()) for consumer, partitions in who.consumers.items()}
        everything = dict.fromkeys(("intake", "routing", "sla", "feedback", "ledger"), PARTITIONS)
        return len(who.relays) == 4 and held == everything

    assert (await workers(stand.zixun.pool)).all == set()
    async with working(stand.zixun):
        await until(everything_is_held)
        assert len((await workers(stand.zixun.pool)).all) == 1
    assert (await workers(stand.zixun.pool)).all == set()
