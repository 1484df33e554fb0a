"""What is shown can be folded again from the log at any time, comes out the same, and changes places in passing."""

import asyncio

import asyncpg
import pytest

from services.rebuilding import NEXT, RebuildRefused, Rebuilt, rebuild
from tests.system.conftest import centre
from tests.system.serving import Centre

__all__ = ["centre"]

CALL = {"channel": "telephone", "content": "网关断线"}


async def call(centre: Centre) -> str:
    answer = await centre.post("/v1/consultations", CALL)
    ticket: str = answer.json()["ticket_id"]
    return ticket


async def rebuilt(centre: Centre, database: str, *, switch: bool = True) -> Rebuilt:
    owner = await asyncpg.connect(database)
    try:
        return await rebuild(centre.zixun, owner, lambda _done, _total: None, switch=switch)
    finally:
        await owner.close()


async def test_a_rebuild_comes_out_the_same_and_is_switched_in(centre: Centre, database: str) -> None:
    tickets = [await call(centre) for _ in range(5)]
    await centre.settled()

    first, second = await rebuilt(centre, database), await rebuilt(centre, database)

    assert (first.tickets, first.different, first.switched) == (5, (), True)
    assert first.digest == second.digest
    for ticket in tickets:
        assert (await centre.get(f"/v1/tickets/{ticket}")).status_code == 200


async def test_the_system_goes_on_while_and_after_its_views_change_places(centre: Centre, database: str) -> None:
    await call(centre)
    calls, found = await asyncio.gather(asyncio.gather(*(call(centre) for _ in range(20))), rebuilt(centre, database))
    later = await call(centre)
    await centre.settled()

    assert found.different == ()
    for ticket in (*calls, later):
        assert (await centre.get(f"/v1/tickets/{ticket}")).status_code == 200
    assert (await rebuilt(centre, database, switch=False)).different == ()


async def test_a_row_that_was_altered_is_named_and_put_right(centre: Centre, database: str) -> None:
    ticket = await call(centre)
    await centre.settled()
    await centre.zixun.pool.execute("update ledger.ticket set status = 'closed' where ticket_id = $1", ticket)

    checked = await rebuilt(centre, database, switch=False)
    assert (checked.different, checked.switched) == ((ticket,), False)
    assert (await centre.get(f"/v1/tickets/{ticket}")).json()["status"] == "closed"

    assert (await rebuilt(centre, database)).different == (ticket,)
    assert (await centre.get(f"/v1/tickets/{ticket}")).json()["status"] == "received"


async def test_what_the_live_views_took_in_must_fold_again(centre: Centre, database: str) -> None:
    ticket = await call(centre)
    await centre.settled()
    owner = await asyncpg.connect(database)
    await owner.execute("set session_replication_role = replica")
    await owner.execute("update log.log_entry set type = 'NeverHeardOf' where subject = $1", ticket)
    await owner.close()

    with pytest.raises(RebuildRefused, match="cannot be folded again"):
        await rebuilt(centre, database)

    assert (await centre.get(f"/v1/tickets/{ticket}")).status_code == 200


async def test_a_rebuild_leaves_nothing_behind(centre: Centre, database: str) -> None:
    await call(centre)
    await centre.settled()
    await rebuilt(centre, database)

    owner = await asyncpg.connect(database)
    assert await owner.fetchval("select count(*) from pg_namespace where nspname = $1", NEXT) == 0
    indexes = await owner.fetch("select indexname from pg_indexes where schemaname = 'ledger' and tablename = 'ticket'")
    assert {"ticket_newest", "ticket_queue", "ticket_pkey"} <= {row["indexname"] for row in indexes}
    await owner.close()
