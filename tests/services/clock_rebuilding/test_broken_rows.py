"""SLA's rows follow from the log and from what SLA has said: whatever differs is named, and can be written again."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Final

import pytest
import pytest_asyncio

from tests.services.clock_rebuilding.ground import Ground, standing_on
from tests.shared_events.runtime.world import tamper

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON: Final = "convert_from({0}, 'UTF8')::jsonb"
OVERDUE: Final = "(select ticket_id from sla.clock where breached_at is not null order by 1 limit 1)"
WAITING: Final = "(select ticket_id from sla.ticket where due_at is not null order by due_at desc, 1 limit 1)"


def changed(column: str, change: str, ticket: str = OVERDUE) -> str:
    """A statement that changes the document in a column of one ticket."""
    changed = f"{JSON.format(column)} {change}"
    return f"update sla.ticket set {column} = convert_to(({changed})::text, 'UTF8') where ticket_id = {ticket}"


def put(column: str, path: str, value: str) -> str:
    """A statement that puts something else into the document in a column of one ticket."""
    document = f"jsonb_set({JSON.format(column)}, '{{{path}}}', '{value}')"
    return f"update sla.ticket set {column} = convert_to(({document})::text, 'UTF8') where ticket_id = {OVERDUE}"


def having(values: str, ticket: str = OVERDUE) -> str:
    """A statement that changes columns of one ticket."""
    return f"update sla.ticket set {values} where ticket_id = {ticket}"


BROKEN: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "a row is gone": (f"delete from sla.ticket where ticket_id = {OVERDUE}", "sla.ticket", "a row", "nothing"),
    "all rows are gone": ("truncate sla.ticket, sla.clock", "sla.ticket", "a row", "nothing"),
    "a row of nobody's": (
        "insert into sla.ticket select 'nobody', 0, facts, clocks, 0, '', 0, null from sla.ticket limit 1",
        "sla.ticket",
        "nothing",
        "a row",
    ),
    "a fact is gone": (changed("facts", "- 0"), "fact ConsultationReceived", "intake", "nothing"),
    "a fact is another": (put("facts", "0,7", '"nobody"'), "fact ConsultationReceived", "p-0123456789ab", "nobody"),
    "a fact of nobody's": (put("facts", "0,2", "2"), "fact ConsultationReceived", '"intake",1', '"intake",2'),
    "facts that cannot be read": (having(r"facts = '\xff'"), "facts", "nothing", "cannot be read"),
    "a clock is gone": (changed("clocks", "- 0"), "clock first_response/", "first_response, cycle 1", "nothing"),
    "a clock of another start": (put("clocks", "0,3,0,1", "1"), "turn 1", "started at 2026", "started at 1970"),
    "a clock of terms that are nowhere": (put("clocks", "0,3,0,4,1", '"99"'), "clocks", "nothing", "99"),
    "what was said is forgotten": (put("clocks", "0,4", "[]"), "said", "breach at 2026", "nothing"),
    "nothing falls due": (having("due_at = null", WAITING), "due_at", "2026", "nothing"),
    "it falls due later": (having("due_at = due_at + interval '70 years'", WAITING), "due_at", "2026", "2096"),
    "judged up to too early a moment": (having("horizon = 0"), "horizon", "1", "0"),
    "it knows too little of its stream": (having("stream_version = 1"), "stream", "version", "version 1,"),
    "it knows too much of its stream": (having("stream_version = 99"), "stream", "version", "version 99,"),
    "another digest of its stream": (having(r"stream_digest = '\x00'"), "stream", "digest", "digest 00"),
    "another partition": (having("partition = 1 - partition % 2"), "partition", "", ""),
    "the row of a clock is gone": (
        f"delete from sla.clock where ticket_id = {OVERDUE} and metric = 'first_response'",
        "sla.clock first_response/",
        "a row, running",
        "nothing",
    ),
    "the row of a clock is another": (
        f"update sla.clock set state = 'met', in_time = true where ticket_id = {OVERDUE} and metric = 'first_response'",
        "state",
        "running",
        "met",
    ),
    "the row of a clock that is nowhere": (
        """
        insert into sla.clock
        select (jsonb_populate_record(c, '{"ticket_id": "nobody"}')).* from sla.clock c limit 1
        """,
        "sla.clock",
        "nothing",
        "a row",
    ),
}
"""By what is wrong: how it comes about, what is named, and parts of what was expected and of what was found."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(module_database: str) -> AsyncIterator[Ground]:
    """With tickets that are overdue and tickets that wait. Each test leaves it as it was."""
    async with standing_on(module_database) as made:
        await made.receive(2, timedelta(days=4))
        await made.receive(3, timedelta())
        await made.go_on()
        yield made


async def test_of_rows_as_they_have_to_be_nothing_is_said(ground: Ground) -> None:
    before = await ground.rows()
    checked, mended = await ground.check(), await ground.mend()
    assert (checked.tickets, checked.different, checked.mismatches, checked.undecided) == (5, 0, [], [])
    assert (mended.different, mended.mended) == (0, 0)
    assert await ground.rows() == before


@pytest.mark.parametrize("wrong", BROKEN)
async def test_whatever_is_wrong_is_named_and_written_again(ground: Ground, wrong: str) -> None:
    breaking, what, expected, found = BROKEN[wrong]
    before, said = await ground.rows(), await ground.said()
    await tamper(ground.database, breaking)
    assert await ground.rows() != before

    checked = await ground.check()

    named = [each for each in checked.mismatches if what in each.what and expected in each.expected]
    assert any(found in each.found for each in named), checked.mismatches
    assert (checked.mended, checked.wrong) == (0, checked.different)
    assert {each.in_rows for each in checked.mismatches} == {True}

    mended = await ground.mend()
    assert (mended.mismatches, mended.mended, mended.wrong) == (checked.mismatches, checked.different, 0)
    assert (await ground.rows(), await ground.said()) == (before, said)
    assert (await ground.check()).different == 0
