"""`zixun sla explain` shows what the API says of a ticket's clocks, to whoever may use the machine itself."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from tests.services.cli.command_line import Done, command_line
from tests.system.journey import ASKED, Journey, received
from tests.system.serving import MASTER_KEY, Centre, serving

Explain = Callable[..., Done]


@pytest.fixture
async def centre(database: str) -> AsyncIterator[Centre]:
    async with serving(database) as running:
        yield running


@pytest.fixture
async def explain(database: str) -> AsyncIterator[Explain]:
    """`zixun sla explain` on the centre's database."""
    settings = {"ZIXUN_DATABASE_URL": database, "ZIXUN_MASTER_KEY": base64.b64encode(MASTER_KEY).decode()}
    with command_line() as zixun:
        yield lambda *words: zixun("sla", "explain", *words, COLUMNS="150", **settings)


async def entered_late(centre: Centre) -> Journey:
    contacted_at = centre.zixun.clock.now() - timedelta(hours=30)
    ticket = await received(centre, **ASKED, contacted_at=contacted_at.isoformat())
    await centre.settled()
    return ticket


async def test_a_clock_is_drawn_and_told_segment_by_segment(centre: Centre, explain: Explain) -> None:
    ticket = await entered_late(centre)
    english = (await asyncio.to_thread(explain, ticket.ticket_id, "reply_submission")).out
    for told in ("submission of a reply", "of 4:00:00", "█", "┃ deadline", "open 00:00-24:00", "row live", "reception"):
        assert told in english
    assert "first response" not in english
    chinese = (await asyncio.to_thread(explain, ticket.ticket_id, "reply_submission", "--language", "zh")).out
    for told in ("提交答复", "时限 4:00:00", "工作时间 00:00-24:00", "受理中", "工单历时"):
        assert told in chinese


async def test_what_is_printed_as_json_is_what_the_api_answers(centre: Centre, explain: Explain) -> None:
    ticket = await entered_late(centre)
    number = (await ticket.shown())["number"]
    at = (centre.zixun.clock.now() - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    shown = json.loads((await asyncio.to_thread(explain, number, "--as-of", at, "--json")).out)
    assert shown == (await ticket.read(f"/clocks?as_of={at}")).json()
    assert shown["clocks"]


async def test_what_cannot_be_explained_is_named(centre: Centre, explain: Explain) -> None:
    ticket = await entered_late(centre)
    for words, status, named in (
        (("019a8c1e-2f7b-7cc0-9d0a-5b3c1f2e4d6a",), 4, "019a8c1e-2f7b-7cc0-9d0a-5b3c1f2e4d6a"),
        ((ticket.ticket_id, "patience"), 2, "patience"),
        ((ticket.ticket_id, "--as-of", "yesterday"), 2, "yesterday"),
        ((ticket.ticket_id, "--known-at", "2020-01-01T00:00:00Z"), 4, "2020-01-01"),
    ):
        refused = await asyncio.to_thread(explain, *words)
        assert (refused.status, refused.out) == (status, "")
        assert named in refused.err
