"""`zixun tickets show` shows what the API shows, to whoever may use the machine itself."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable

import pytest

from tests.services.cli.command_line import Done, command_line
from tests.system.serving import MASTER_KEY, Centre, serving

Show = Callable[..., Done]


@pytest.fixture
async def centre(database: str) -> AsyncIterator[Centre]:
    async with serving(database) as running:
        # Whoever has taken in an event has said already that it has begun, on the output that the verbs write to.
        await receive(running)
        yield running


@pytest.fixture
async def show(database: str) -> AsyncIterator[Show]:
    """`zixun tickets show` on the centre's database."""
    key = base64.b64encode(MASTER_KEY).decode()
    with command_line() as zixun:
        yield lambda *words: zixun("tickets", "show", *words, ZIXUN_DATABASE_URL=database, ZIXUN_MASTER_KEY=key)


async def receive(centre: Centre) -> str:
    asked = {"channel": "telephone", "content": "网关每晚断线。", "contact": {"name": "陈伟"}}
    received = await centre.post("/v1/consultations", asked)
    await centre.settled()
    return str(received.json()["ticket_id"])


async def test_a_ticket_is_shown_as_the_api_shows_it(centre: Centre, show: Show) -> None:
    ticket_id = await receive(centre)
    shown = json.loads((await asyncio.to_thread(show, ticket_id, "--json")).out)
    assert shown["ticket"] == (await centre.get(f"/v1/tickets/{ticket_id}")).json()
    by_number = await asyncio.to_thread(show, shown["ticket"]["number"], "--json")
    assert json.loads(by_number.out)["ticket"] == shown["ticket"]
    assert shown["timeline"] == (await centre.get(f"/v1/tickets/{ticket_id}/timeline")).json()["items"]


async def test_a_person_sees_the_texts_and_the_steps_in_their_language(centre: Centre, show: Show) -> None:
    ticket_id = await receive(centre)
    english = await asyncio.to_thread(show, ticket_id)
    chinese = await asyncio.to_thread(show, ticket_id, "--language", "zh")
    assert "网关每晚断线。" in english.out
    assert english.out != chinese.out


async def test_a_ticket_that_is_not_there_is_named(centre: Centre, show: Show) -> None:
    for unknown in ("019a8c1e-2f7b-7cc0-9d0a-5b3c1f2e4d6a", "no id", "../livez", "x?y=z", ""):
        refused = await asyncio.to_thread(show, unknown)
        assert (refused.status, refused.out) == (4, "")
        assert repr(unknown) in refused.err


async def test_what_a_customer_wrote_neither_steers_the_terminal_nor_is_taken_for_markup(
    centre: Centre, show: Show
) -> None:
    received = await centre.post("/v1/consultations", {"channel": "web", "content": "\x1b[2J[red]:warning:"})
    await centre.settled()
    shown = await asyncio.to_thread(show, received.json()["ticket_id"])
    assert "\N{REPLACEMENT CHARACTER}[2J[red]:warning:" in shown.out
    assert "\x1b" not in shown.out
