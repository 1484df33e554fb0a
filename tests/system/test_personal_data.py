"""No personal text is in any column of any table, whatever was recorded; and the search for it would find it (P8)."""

from typing import Any

import asyncpg

from services.schemas import ROOT, published_in
from shared_events.contracts import LANGUAGE, OWNERS
from shared_events.contracts.base import Fact
from shared_events.contracts.golden import read
from shared_events.contracts.personal import personal_paths, replace_personal
from shared_events.runtime.commands import Call, append_of
from shared_events.store.appends import Stream
from tests.system.serving import Centre

PLANTED = "planted 虚构的 🙂"
SUBJECT = "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"


async def test_nothing_that_a_request_says_about_a_person_is_stored_readably(centre: Centre, database: str) -> None:
    contact = {"name": PLANTED, "phone": PLANTED, "address": PLANTED}
    received = await centre.post(
        "/v1/consultations",
        {"channel": "telephone", "content": PLANTED, "contact": contact, "special_needs": PLANTED},
        Idempotency_Key="once",
    )
    ticket, position = received.json()["ticket_id"], received.headers["Zixun-Position"]
    message = {"channel": "email", "message": PLANTED}
    for _ in range(2):
        said = await centre.post(f"/v1/consultations/{ticket}/messages", message, Idempotency_Key="again")
        assert said.status_code == 200
    refused = await centre.post(f"/v1/tickets/{ticket}/searches", {"query": PLANTED}, Zixun_Position=position)
    await centre.settled()

    shown = await centre.get(f"/v1/tickets/{ticket}")
    assert (received.status_code, refused.status_code, shown.status_code) == (201, 404, 200)
    assert PLANTED in shown.text
    assert await tables_with(PLANTED, database) == []


async def test_no_personal_field_of_any_event_is_stored_readably(centre: Centre, database: str) -> None:
    for owner, facts in every_fact().items():
        key = await centre.zixun.ring.of_person("customer-1")
        append = append_of(Stream(SUBJECT), facts, Call("request-1"), ({"customer-1": key}, centre.zixun.ids))
        await centre.zixun.stores[owner].append(append)
    await centre.settled()

    assert await tables_with(PLANTED, database) == []
    kept = {"feedback.event", "intake.event", "ledger.ticket", "log.log_entry", "routing.event"}
    assert set(await tables_with(SUBJECT, database)) >= kept


async def test_the_search_finds_texts_and_bytes_in_any_table(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("create table ledger.leak (said text, bytes bytea, more jsonb)")
        for said in ((PLANTED, None, None), (None, PLANTED.encode(), None), (None, None, f'{{"a":["{PLANTED}"]}}')):
            await connection.execute("truncate ledger.leak")
            await connection.execute("insert into ledger.leak values ($1, $2, $3)", *said)
            assert await tables_with(PLANTED, database) == ["ledger.leak"]
    finally:
        await connection.close()


def every_fact() -> dict[str, list[Fact]]:
    """Each event of each owner with every field filled, its personal ones with the planted text.

    SLA's have none, and nobody but its process may write to the streams that it goes on with.
    """
    full = {
        file.type: LANGUAGE.decode(read(raw).event)
        for file in published_in(ROOT)
        if file.kind == "golden"
        for raw in file.content
        if raw["example"] == "full"
    }
    others = {owner: kinds for owner, kinds in OWNERS.items() if any(personal_paths(kind) for kind in kinds)}
    assert OWNERS.keys() - others.keys() == {"sla"}
    return {owner: [planted(full[kind.__name__]) for kind in kinds] for owner, kinds in others.items()}


def planted(fact: Fact) -> Fact:
    """The same fact, with other words."""
    raw: dict[str, Any] = fact.model_dump()
    replace_personal(type(fact), raw, lambda _path, _token: PLANTED)
    words = type(fact).model_validate({**raw, "at": fact.at, "by": fact.by})
    assert str(words).count(PLANTED) == len(personal_paths(type(fact)))
    return words


async def tables_with(text: str, dsn: str) -> list[str]:
    """The tables in whose rows the text stands anywhere, as text or as bytes."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch(
            """
            select format('%I.%I', schemaname, tablename) from pg_tables
            where schemaname not in ('pg_catalog', 'information_schema') order by 1
            """
        )
        found = []
        for (table,) in tables:
            rows = f"select 1 from {table} t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0 limit 1"
            if await connection.fetchval(rows, text, text.encode().hex()):
                found.append(table)
        return found
    finally:
        await connection.close()
