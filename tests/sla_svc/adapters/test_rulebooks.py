"""What a worker knows of the rulebook: all that was published, each version compiled once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.database import connect_pool
from services.settings import Settings
from shared_events.contracts.sla import CalendarPublished, CalendarUsed, PolicyPublished, RulebookEvent
from shared_events.ids import IdSource
from shared_events.runtime.commands import Call, append_of
from shared_events.store.appends import Appended
from shared_events.store.postgres import EventStore
from sla_svc.adapters.documents import read_document
from sla_svc.adapters.rulebooks import Rulebooks
from sla_svc.domain.policies.document import PolicyDocument
from sla_svc.domain.publishing import SUBJECT
from tests.routing_svc.examples import NOON
from tests.shared_events.conftest import FixedClock

ROW = "  - {{name: {name}, metrics: {{first_response: {{target: 1h, calendar: ours}}}}}}\n"
BERLIN = CalendarPublished(
    at=NOON, by="lead-1", name="ours", version="b", document='{"timezone":"Europe/Berlin","week":{}}', zone_data="1"
)
TOKYO = CalendarPublished(
    at=NOON, by="lead-1", name="ours", version="t", document='{"timezone":"Asia/Tokyo","week":{}}', zone_data="1"
)


@pytest.fixture
async def store(database: str) -> AsyncIterator[EventStore]:
    async with await connect_pool(database, Settings()) as pool:
        yield EventStore("sla", pool, FixedClock())


def policy(version: str, calendar: CalendarPublished, *rows: str) -> PolicyPublished:
    text = "name: centre\nrows:\n" + "".join(ROW.format(name=name) for name in rows)
    return PolicyPublished(
        at=NOON,
        by="lead-1",
        name="centre",
        version=version,
        effective_from=NOON + timedelta(days=int(version)),
        document=read_document(text, "centre.yaml", PolicyDocument).canonical(),
        calendars=(CalendarUsed(name="ours", version=calendar.version),),
    )


async def publish(store: EventStore, *events: RulebookEvent) -> None:
    stream = await store.load(SUBJECT)
    append = append_of(stream, events, Call(correlation_id="c"), ({}, IdSource(FixedClock())))
    assert isinstance(await store.append(append), Appended)


async def test_what_is_compiled_is_kept_when_something_else_is_published(store: EventStore) -> None:
    rulebooks = Rulebooks(store, FixedClock())
    await publish(store, BERLIN, policy("1", BERLIN, "all"))
    before = await rulebooks.known()
    await publish(store, TOKYO, policy("2", TOKYO, "all"))
    after = await rulebooks.known(fresh=True)

    kept = after.rulebook.edition("centre", "1")
    assert kept is not None
    assert kept is before.rulebook.edition("centre", "1")
    assert after.calendars["ours", "b"] is before.calendars["ours", "b"]
    assert [edition.policy.version for edition in after.rulebook.editions()][-2:] == ["1", "2"]
    assert [edition.calendars["ours"].version for edition in after.rulebook.editions()[-2:]] == [
        after.calendars["ours", version].version for version in ("b", "t")
    ]


async def test_all_who_ask_at_once_get_the_same_rulebook_so_that_it_is_compiled_once(store: EventStore) -> None:
    rulebooks = Rulebooks(store, FixedClock())
    await publish(store, BERLIN, policy("1", BERLIN, "all"))
    known = await asyncio.gather(*(rulebooks.known(fresh=True) for _ in range(8)))
    assert len({id(each) for each in known}) == 1


async def test_what_was_published_is_read_even_if_it_would_not_be_published_today(store: EventStore) -> None:
    await publish(store, BERLIN, policy("1", BERLIN, "all", "in vain"))
    edition = (await Rulebooks(store, FixedClock()).current()).edition("centre", "1")
    assert edition is not None
    assert [row.name for row in edition.policy.rows] == ["all", "in vain"]
