"""Who only counts never reads a personal text, in whatever answer; and no log has one, whoever asked."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import asyncpg
import orjson
import pytest

from shared_events.contracts import OWNERS
from shared_events.contracts.personal import personal_paths
from shared_events.http import Role
from shared_events.keys import TOKEN_PREFIX
from tests.system.declared import operations
from tests.system.journey import Journey, Step, received
from tests.system.serving import Centre

pytestmark = pytest.mark.asyncio(loop_scope="module")

MARK: Final = "quetzalcoatl"
"""Stands in every personal text, and nowhere else."""

TABLES: Final = """
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')
"""
HAVING: Final = "from {} t where t::text ilike $1 or t::text like $2"
SIGHTS: Final = (f"%{MARK}%", f"%{MARK.encode().hex()}%")
"""In words, and as the bytes of words are shown."""

COUNTING: Final = (Role.OPS, Role.ANALYST)
CONTACT: Final = {"name": f"陈 {MARK}", "phone": MARK, "email": f"{MARK}@example.com", "address": f"1 {MARK} Road"}
CLASSIFICATION: Final = {
    "category": "business_handling",
    "request_kind": "in_contract_service",
    "complexity": "simple",
    "urgency": "low",
    "requirement": f"Ask {MARK}.",
}


def text(path: str, field: str, **more: Any) -> Step:
    """A step with one personal text."""
    return Step(path, {field: f"Says {MARK}."} | more, role=Role.LEAD)


CLAIM: Final = Step("assignment", role=Role.LEAD)
WALK: Final = (
    text("routing", "reason", tier="CSE"),
    CLAIM,
    Step("assignment", {"reason": f"Off to {MARK}."}, method="DELETE", role=Role.LEAD),
    CLAIM,
    text("problem", "problem"),
    text("searches", "query"),
    text("notices", "message"),
    text("pause", "note", reason="customer"),
    text("no-answer", "reason"),
    text("hand-back", "reason"),
    text("escalation", "reason"),
    text("transfer", "reason", team="network", told_customer=f"Told {MARK}."),
    CLAIM,
    text("technical-case", "description"),
    text("escalation", "reason"),
    CLAIM,
    text("analysis", "analysis"),
    text("technical-case/answer", "text"),
    CLAIM,
    text("answers", "text"),
    Step("answers/2/submission", role=Role.LEAD),
    text("answers/2/verdict", "reason", accepted=False),
    CLAIM,
    text("answers/3/submission", "text", exception="answered_by_rde"),
    Step("answers/3/verdict", {"accepted": True}, role=Role.LEAD),
    Step("callbacks", role=Role.LEAD),
)
VISIT: Final = (
    text("attempts", "note", result="reached"),
    text("outcome", "comment", satisfied=False),
)
END: Final = (
    CLAIM,
    text("resolution", "note", resolution="no_answer_needed"),
    text("reopening", "note", cause="other"),
)


async def test_who_only_counts_never_reads_a_personal_text(
    shared_centre: Centre, capfd: pytest.CaptureFixture[str]
) -> None:
    ticket = await _told_everything(shared_centre)
    assert await _planted(shared_centre) == set(_personal_fields())
    assert (await ticket.read(role=Role.AGENT)).text.count(MARK) > 30, "who serves the customer reads them"
    for role in COUNTING:
        answers = [answer async for answer in _everything(ticket, role)]
        assert len(answers) > 40
        assert [answer for answer in answers if MARK in answer.lower()] == []
        assert [answer for answer in answers if f'"{TOKEN_PREFIX}:' in answer] == []
        assert (await ticket.read(role=role)).text.count("[masked]") > 20
    logged = "".join(capfd.readouterr())
    assert "/v1/tickets/{ticket_id}/timeline" in logged
    assert MARK not in logged.lower()


async def test_texts_are_sealed_wherever_they_are_kept(shared_centre: Centre, module_database: str) -> None:
    await _told_everything(shared_centre)
    await shared_centre.settled()
    connection = await asyncpg.connect(module_database)
    try:
        tables = [row["name"] for row in await connection.fetch(TABLES)]
        found = {
            table: await connection.fetchval(f"select count(*) {HAVING.format(table)}", *SIGHTS) for table in tables
        }
    finally:
        await connection.close()
    assert {"intake.event", "routing.event", "feedback.event", "log.log_entry", "ledger.ticket"} <= set(tables)
    assert found == dict.fromkeys(tables, 0)


async def _told_everything(centre: Centre) -> Journey:
    """A ticket on which everything personal was said that can be said."""
    content = {"content": f"I am {MARK}.", "special_needs": f"Write to {MARK}.", "contact": CONTACT}
    ticket = await received(centre, **content)
    record = f"/v1/consultations/{ticket.ticket_id}"
    corrected = Step(f"{record}/corrections", {"reason": f"{MARK} said so."} | content)
    assert (await ticket.attempt(corrected, If_Match='"intake.2"')).is_success
    said = text(f"{record}/messages", "message", channel="chat")
    await ticket.walk(said, Step(f"{record}/classification", CLASSIFICATION), *WALK)
    visits = f"/v1/callbacks/{ticket.ticket_id}.1"
    await ticket.walk(*(Step(f"{visits}/{step.path}", step.body) for step in VISIT))
    await centre.settled()
    return await ticket.walk(*END, text(f"{record}/withdrawal", "reason"))


def _personal_fields() -> Iterator[tuple[str, str]]:
    for kinds in OWNERS.values():
        for kind in kinds:
            yield from ((kind.__name__, ".".join(path)) for path in personal_paths(kind))


async def _planted(centre: Centre) -> set[tuple[str, str]]:
    """Which personal fields of which events have a value."""
    planted: set[tuple[str, str]] = set()
    for source in OWNERS:
        for row in await centre.zixun.pool.fetch(f"select type, body from {source}.event"):
            planted |= {(row["type"], path) for path in _sealed(orjson.loads(row["body"]))}
    return planted


def _sealed(body: dict[str, Any], above: str = "") -> Iterable[str]:
    for name, value in body.items():
        if isinstance(value, dict):
            yield from _sealed(value, f"{above}{name}.")
        elif isinstance(value, str) and value.startswith(f"{TOKEN_PREFIX}:"):
            yield above + name


async def _everything(ticket: Journey, role: Role) -> Any:
    """What every route answers to this role, in words and headers; what it may not do it tries with the same texts."""
    await ticket.centre.settled()
    number = (await ticket.shown())["number"]
    paths = ["/v1/tickets?limit=100", f"/v1/tickets?customer_id={ticket.customer_id}", "/v1/queues", "/v1/figures"]
    paths += [f"/v1/tickets/{name}{behind}" for name in (ticket.ticket_id, number) for behind in ("", "/timeline")]
    for path in paths:
        for language in ("en", "zh"):
            answer = await ticket.centre.get(path, role, Accept_Language=language)
            assert answer.status_code == 200, f"{path}: {answer.text}"
            yield f"{answer.text} {answer.headers}"
    ids = {"ticket_id": ticket.ticket_id, "callback_id": f"{ticket.ticket_id}.1", "n": "1", "agent_id": "somebody"}
    ids |= {"name": "CS-TA06-24", "version": "1"}
    for operation in operations(ticket.centre.app.openapi()):
        if operation.is_write:
            step = Step(operation.path.format(**ids), {"text": MARK}, operation.method.upper(), role)
            yield (await ticket.attempt(step)).text
