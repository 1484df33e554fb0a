"""`zixun sla explain` shows what the API says of a ticket's clocks, to whoever may use the machine itself."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from rich.cells import cell_len

from tests.services.cli.command_line import Done, command_line
from tests.sla_svc.api.provisional import move_to_unannounced_holidays
from tests.system.journey import (
    ASKED,
    AT_CSE,
    PAUSE,
    PROPOSAL,
    RESUME,
    Journey,
    received,
    routed,
    submission,
)
from tests.system.serving import MASTER_KEY, Centre, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

Explain = Callable[..., Done]

LONG_NAME: Final = "America/Argentina/Buenos_Aires"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(module_database: str) -> AsyncIterator[Centre]:
    async with serving(module_database) as running:
        yield running


@pytest.fixture(scope="module")
def explain(module_database: str) -> Iterator[Explain]:
    """`zixun sla explain` on the centre's database."""
    settings = {"ZIXUN_DATABASE_URL": module_database, "ZIXUN_MASTER_KEY": base64.b64encode(MASTER_KEY).decode()}
    with command_line() as zixun:
        yield lambda *words, columns="150": zixun("sla", "explain", *words, COLUMNS=columns, **settings)


def query_of(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def entered_late(centre: Centre) -> Journey:
    contacted_at = centre.zixun.clock.now() - timedelta(hours=30)
    ticket = await received(centre, **ASKED, contacted_at=contacted_at.isoformat())
    await centre.settled()
    return ticket


async def test_a_clock_is_drawn_and_told_segment_by_segment(centre: Centre, explain: Explain) -> None:
    ticket = await entered_late(centre)
    english = (await asyncio.to_thread(explain, ticket.ticket_id, "reply_submission")).out
    for told in ("submission of a reply", "of 4:00:00", "█", "┃ ", "open 00:00-24:00", "promised-live", "reception"):
        assert told in english
    assert "first response" not in english
    chinese = (await asyncio.to_thread(explain, ticket.ticket_id, "reply_submission", "--language", "zh-CN")).out
    for told in ("提交答复", "时限 4:00:00", "工作时间 00:00-24:00", "受理中", "工单历时"):
        assert told in chinese


async def test_in_any_terminal_no_id_and_no_moment_is_broken(centre: Centre, explain: Explain) -> None:
    ticket = await routed(centre)
    await ticket.walk(*AT_CSE, PAUSE, RESUME, PROPOSAL, submission(1))
    await centre.settled()
    at = query_of(centre.zixun.clock.now())
    clocks = (await ticket.read(f"/clocks?as_of={at}")).json()["clocks"]
    ids = {each["event_id"] for clock in clocks for each in (*clock["rules"], *clock["segments"])}
    moments = {each[end] for clock in clocks for each in clock["segments"] for end in ("from", "to")}
    for columns, language, zone in (("80", "en", LONG_NAME), ("80", "zh", "Asia/Shanghai"), ("200", "en", "UTC")):
        words = (ticket.ticket_id, "--as-of", at, "--language", language, "--timezone", zone)
        shown = (await asyncio.to_thread(explain, *words, columns=columns)).out
        assert [line for line in shown.splitlines() if cell_len(line) > int(columns) or line != line.rstrip()] == []
        assert [told for told in (*ids, *(_shown(each, zone) for each in moments)) if told not in shown] == []


async def test_moments_are_on_the_clocks_that_are_asked_for(centre: Centre, explain: Explain) -> None:
    ticket = await entered_late(centre)
    (clock,) = (await ticket.read("/clocks?metric=first_response")).json()["clocks"]
    words = (ticket.ticket_id, "first_response", "--timezone", "Asia/Shanghai")
    shown = (await asyncio.to_thread(explain, *words)).out
    assert f"┃  {_shown(clock['deadline'], 'Asia/Shanghai')} Asia/Shanghai  deadline" in shown
    assert "from (Asia/Shanghai)" in shown


async def test_a_deadline_that_may_still_move_is_shown_as_such(centre: Centre, explain: Explain) -> None:
    ticket = await entered_late(centre)
    await move_to_unannounced_holidays(centre)
    english = (await asyncio.to_thread(explain, ticket.ticket_id)).out
    assert english.count("deadline, provisional: holidays after") == 1
    chinese = (await asyncio.to_thread(explain, ticket.ticket_id, "reply_submission", "--language", "zh")).out
    assert "到期（暂定：" in chinese


async def test_what_is_printed_as_json_is_what_the_api_answers(centre: Centre, explain: Explain) -> None:
    ticket = await entered_late(centre)
    number = (await ticket.shown())["number"]
    at = query_of(centre.zixun.clock.now() - timedelta(hours=1))
    shown = json.loads((await asyncio.to_thread(explain, number, "--as-of", at, "--json")).out)
    assert shown == (await ticket.read(f"/clocks?as_of={at}")).json()
    assert shown["clocks"]


async def test_what_cannot_be_explained_is_named(centre: Centre, explain: Explain) -> None:
    ticket = await entered_late(centre)
    for words, status, named in (
        (("019a8c1e-2f7b-7cc0-9d0a-5b3c1f2e4d6a",), 4, "019a8c1e-2f7b-7cc0-9d0a-5b3c1f2e4d6a"),
        ((ticket.ticket_id, "patience"), 2, "patience"),
        ((ticket.ticket_id, "--as-of", "yesterday"), 2, "yesterday"),
        ((ticket.ticket_id, "--language", "de"), 2, "expected en or zh, found 'de'"),
        ((ticket.ticket_id, "--timezone", "Asia/Atlantis"), 2, "found 'Asia/Atlantis'"),
        ((ticket.ticket_id, "--known-at", "2020-01-01T00:00:00Z"), 4, "2020-01-01"),
    ):
        refused = await asyncio.to_thread(explain, *words)
        assert (refused.status, refused.out) == (status, "")
        assert named in refused.err


def _shown(moment: str, zone: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"
