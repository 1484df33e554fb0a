"""A bad event stops one ticket, a bad release stops itself; nothing is lost, and a retry makes all good (D9)."""

import asyncio
import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import pytest

from services.database import connect_pool
from services.settings import Settings
from services.wiring import CONSUMERS, Zixun
from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded, chained_digest
from shared_events.runtime import runner
from shared_events.runtime.effects import Decisions, Effects
from shared_events.store.appends import Append, Appended
from shared_events.store.partition import PARTITIONS
from shared_events.store.port import Transaction
from tests.services.cli.command_line import Done, command_line
from tests.system.crash.audit import check_everything, check_views
from tests.system.serving import MASTER_KEY, Centre, serving

PARKED_MAX: Final = 3
OF_RECEPTIONS: Final = tuple(consumer for consumer in CONSUMERS if consumer != "intake")
"""The consumers that take in what a new ticket brings; intake waits for breaches alone."""
ENOUGH_TO_STOP_EVERY_PARTITION: Final = 140
"""Spread over twelve partitions, so that each gets more tickets than it may park."""

Parked = Callable[..., Done]


class Breaks(Effects):
    """The effects of a release that cannot fold the events of some tickets."""

    def __init__(self, effects: Effects, is_bad: Callable[[str], bool]) -> None:
        super().__init__(effects._views, effects._reactions, effects.process)
        self._is_bad = is_bad

    async def commit(self, transaction: Transaction, batch: Sequence[Recorded[Fact]], decisions: Decisions) -> None:
        await super().commit(transaction, batch, decisions)
        for recorded in batch:
            if self._is_bad(recorded.stored.subject):
                raise ValueError(f"cannot fold {recorded.stored.subject}")


def breaking(consumers: Sequence[str], is_bad: Callable[[str], bool]) -> Callable[[Zixun], None]:
    """Breaks these consumers before they begin."""

    def change(zixun: Zixun) -> None:
        for each in zixun.runners:
            if each.name in consumers:
                each._effects = Breaks(each._effects, is_bad)

    return change


@pytest.fixture
def parked(database: str) -> Iterator[Parked]:
    """`zixun parked` on the test's database, as the mended release has it."""
    key = base64.b64encode(MASTER_KEY).decode()
    with command_line() as zixun:
        yield lambda *words: zixun("parked", *words, ZIXUN_DATABASE_URL=database, ZIXUN_MASTER_KEY=key)


async def test_an_event_that_cannot_be_decoded_stops_its_ticket_for_every_consumer_and_the_rest_flows(
    centre: Centre, parked: Parked
) -> None:
    bad, good = await receive(centre), await receive(centre)
    await append_of_a_later_release(centre, bad)
    await centre.settled()

    assert await is_behind(centre, bad)
    assert not await is_behind(centre, good)
    await say(centre, good, "Still the same.")
    assert await said_in(centre, good) == ["Still the same."]
    listed = json.loads((await asyncio.to_thread(parked, "list", "--json")).out)
    assert [(line["consumer"], line["subject"], line["count"]) for line in listed] == [
        (consumer, bad, 1) for consumer in CONSUMERS
    ]
    assert "TicketPraised" in listed[0]["reason"]
    assert listed[0]["since"].endswith("Z")


async def test_a_ticket_that_cannot_be_read_takes_no_command_and_shows_what_it_can(centre: Centre) -> None:
    bad = await receive(centre)
    await append_of_a_later_release(centre, bad)
    await centre.settled()

    refused = await centre.post(f"/v1/consultations/{bad}/messages", {"channel": "web", "message": "And now?"})
    timeline = await centre.get(f"/v1/tickets/{bad}/timeline")

    assert (refused.status_code, refused.json()["code"]) == (503, "UNREADABLE")
    assert (timeline.status_code, timeline.headers["Zixun-Behind"]) == (200, "true")


async def test_a_retry_that_fails_again_says_why_and_leaves_everything_parked(centre: Centre, parked: Parked) -> None:
    bad = await receive(centre)
    await append_of_a_later_release(centre, bad)
    await centre.settled()
    before = await asyncio.to_thread(parked, "list", "--json")

    retried = await asyncio.to_thread(parked, "retry", bad, "--json")

    assert retried.status == 1
    assert f"found {len(CONSUMERS)} that still fail" in retried.err
    for line in json.loads(retried.out):
        assert (line["taken_in"], line["still_parked"]) == (0, 1)
        assert "TicketPraised" in line["reason"]
    assert (await asyncio.to_thread(parked, "list", "--json")).out == before.out


async def test_a_ticket_that_could_not_be_folded_goes_on_when_a_mended_release_retries_it(
    database: str, parked: Parked
) -> None:
    bad_ones: set[str] = set()
    async with serving(database, breaking(["ledger"], bad_ones.__contains__)) as broken:
        bad, good = await receive(broken), await receive(broken)
        await broken.settled()
        bad_ones.add(bad)
        for text in ("one", "two", "three"):
            await say(broken, bad, text)
        await say(broken, good, "fine")
        assert await is_behind(broken, bad)
        assert await said_in(broken, bad) == []
        assert await said_in(broken, good) == ["fine"]
    async with serving(database) as mended:
        assert await is_behind(mended, bad), "what is parked waits until somebody asks for it"
        listed = await asyncio.to_thread(parked, "list")
        assert f"cannot fold {bad}" in listed.out

        retried = await asyncio.to_thread(parked, "retry", bad)

        assert retried.status == 0, retried.err
        assert not await is_behind(mended, bad)
        assert await said_in(mended, bad) == ["one", "two", "three"]
        await say(mended, bad, "four")
        assert await said_in(mended, bad) == ["one", "two", "three", "four"]
        assert "Nothing is parked." in (await asyncio.to_thread(parked, "list")).out


async def test_clocks_say_that_they_are_behind_until_their_events_are_taken_in(database: str, parked: Parked) -> None:
    is_broken = asyncio.Event()
    async with serving(database, breaking(["sla"], lambda _: is_broken.is_set())) as broken:
        known = await receive(broken)
        await broken.settled()
        before = broken.zixun.clock.now().isoformat().replace("+00:00", "Z")
        assert await clocks_of(broken, known) == (200, False)
        is_broken.set()
        await say(broken, known, "And now?")
        unknown = await receive(broken)
        await broken.settled()

        assert await clocks_of(broken, known) == (200, True)
        assert await clocks_of(broken, known, f"?known_at={before}") == (200, False), "nothing was missing then"
        assert await clocks_of(broken, unknown) == (503, "BEHIND")
        assert await clocks_of(broken, unknown, f"?known_at={before}") == (404, "UNKNOWN_TICKET")
        for language, behind in (("en", "NOT UP TO DATE"), ("zh", "内容不是最新的")):
            explained = await asyncio.to_thread(explain, database, known, "--language", language)
            assert (explained.status, behind in explained.out) == (0, True)
        refused = await asyncio.to_thread(explain, database, unknown, "--language", "zh")
        assert (refused.status, f"工单 {unknown} 的事件尚未能读入" in refused.err) == (1, True)
    async with serving(database) as mended:
        assert (await asyncio.to_thread(parked, "retry", "--all")).status == 0
        assert [await clocks_of(mended, ticket) for ticket in (known, unknown)] == [(200, False)] * 2


async def test_a_release_in_which_every_event_fails_stops_and_a_mended_one_takes_everything_in(
    database: str, parked: Parked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PARKED_SUBJECTS_MAX", PARKED_MAX)  # twenty would take long
    async with serving(database, breaking(OF_RECEPTIONS, lambda _: True)) as broken:
        tickets = await asyncio.gather(*(receive(broken) for _ in range(ENOUGH_TO_STOP_EVERY_PARTITION)))
        await _stand_still(broken.zixun)
        for consumer in OF_RECEPTIONS:
            most = await broken.zixun.pool.fetchval(
                f"select max(count) from (select count(distinct subject) from {consumer}.parked group by partition) _"
            )
            assert most == PARKED_MAX
    async with serving(database) as mended:
        await mended.settled()
        retried = json.loads((await asyncio.to_thread(parked, "retry", "--all", "--json")).out)
        assert {line["still_parked"] for line in retried} == {0}
        await mended.settled()
        for ticket in tickets:
            assert not await is_behind(mended, ticket)
    async with await connect_pool(database, Settings(database_connections_max=4)) as pool:
        await check_everything(pool, [(ticket, "intake", "ConsultationReceived") for ticket in tickets])
        await check_views(pool)


async def receive(centre: Centre) -> str:
    """The id of a new ticket."""
    received = await centre.post("/v1/consultations", {"channel": "web", "content": "How do I reset it?"})
    assert received.status_code == 201, received.text
    return str(received.json()["ticket_id"])


async def say(centre: Centre, ticket: str, text: str) -> None:
    """The customer adds something, and every consumer has had its try at it."""
    said = await centre.post(f"/v1/consultations/{ticket}/messages", {"channel": "web", "message": text})
    assert said.status_code == 200, said.text
    await centre.settled()


async def said_in(centre: Centre, ticket: str) -> list[str]:
    """The customer's messages, as the ticket shows them."""
    return [message["text"] for message in (await centre.get(f"/v1/tickets/{ticket}")).json()["messages"]]


async def is_behind(centre: Centre, ticket: str) -> bool:
    """What the ticket says of itself, in its header too."""
    read = await centre.get(f"/v1/tickets/{ticket}")
    behind: bool = read.json()["behind"]
    assert (read.headers.get("Zixun-Behind") == "true") is behind
    return behind


async def clocks_of(centre: Centre, ticket: str, query: str = "") -> tuple[int, bool | str]:
    """The status, and whether the clocks say, in the header too, that they are behind; or why there are none."""
    read = await centre.get(f"/v1/tickets/{ticket}/clocks{query}")
    if not read.is_success:
        return read.status_code, str(read.json()["code"])
    behind: bool = read.json()["behind"]
    assert (read.headers.get("Zixun-Behind") == "true") is behind
    return read.status_code, behind


def explain(database: str, *words: str) -> Done:
    """`zixun sla explain` on the test's database."""
    with command_line() as zixun:
        key = base64.b64encode(MASTER_KEY).decode()
        return zixun("sla", "explain", *words, ZIXUN_DATABASE_URL=database, ZIXUN_MASTER_KEY=key)


async def append_of_a_later_release(centre: Centre, ticket: str) -> None:
    """An event of a type that this release has never heard of, well formed and well chained.

    What SLA says of the reception is in the log by then, and not behind it.
    """
    await centre.settled()
    store = centre.zixun.stores["intake"]
    stream = await store.load(ticket)
    new = replace(stream.events[-1], type="TicketPraised", version=stream.version + 1, event_id=centre.zixun.ids.new())
    event = replace(new, digest=chained_digest(stream.digest, new))
    assert isinstance(await store.append(Append(ticket, stream.version, [event])), Appended)


async def _stand_still(zixun: Zixun) -> None:
    """Until every partition of every consumer of new tickets has stopped."""
    runners = [each for each in zixun.runners if each.name in OF_RECEPTIONS]
    async with asyncio.timeout(60):
        while any(len(each.stopped) < PARTITIONS for each in runners):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
