"""The rules of clocks over HTTP: published, tried on history, and applied to clocks that run."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared_events.contracts import decode
from shared_events.contracts.sla import ClockRetargeted
from shared_events.http import Role
from tests.system.journey import CLAIM, routed
from tests.system.serving import Centre

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRICT = """
name: CS-TA06-24
rows:
  - name: everything
    when: {}
    metrics:
      first_response: {target: 1s, calendar: always}
      total_resolution: {target: 720h, calendar: always}
      tier_cse: {target: 120h, calendar: china, pauses: [customer], warnings: ["50%"]}
"""


async def publish(centre: Centre, document: str, **rest: Any) -> dict[str, Any]:
    answer = await centre.post("/v1/policies", {"document": document, **rest}, Role.LEAD)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_what_is_shipped_is_listed_before_anything_is_published(shared_centre: Centre) -> None:
    policies = (await shared_centre.get("/v1/policies")).json()["items"]
    assert (policies[0]["name"], policies[0]["version"], policies[0]["effective_from"]) == ("CS-TA06-24", "1", None)
    calendars = (await shared_centre.get("/v1/calendars")).json()["items"]
    assert [calendar["name"] for calendar in calendars[:2]] == ["always", "china"]


async def test_the_documents_of_calendars_are_listed_only_where_they_are_asked_for(shared_centre: Centre) -> None:
    without = (await shared_centre.get("/v1/calendars")).json()["items"]
    assert all(calendar["document"] is None for calendar in without)
    items = (await shared_centre.get("/v1/calendars?documents=true")).json()["items"]
    assert "2026-10-01" in items[1]["document"]
    assert [calendar | {"document": None} for calendar in items] == without
    assert (await shared_centre.get("/v1/calendars?documents=perhaps")).status_code == 422


async def test_a_policy_counts_on_from_the_shipped_version_and_is_effective_in_two_minutes(
    shared_centre: Centre,
) -> None:
    made = await publish(shared_centre, STRICT)
    assert made["version"] == "2"
    effective_from = datetime.fromisoformat(made["effective_from"])
    assert effective_from - datetime.fromisoformat(made["published_at"]) == timedelta(minutes=2)
    assert set(made["calendars"]) == {"always", "china"}
    assert (await publish(shared_centre, STRICT))["version"] == "2"


async def test_a_preview_publishes_nothing(shared_centre: Centre) -> None:
    changed = STRICT.replace("1s", "2s").replace("CS-TA06-24", "previewed")
    made = await publish(shared_centre, changed, preview=True)
    assert (made["name"], made["version"]) == ("previewed", "1")
    policies = (await shared_centre.get("/v1/policies")).json()["items"]
    assert "previewed" not in {policy["name"] for policy in policies}


async def test_every_mistake_of_a_document_is_told_with_line_and_column(shared_centre: Centre) -> None:
    wrong = STRICT.replace("target: 1s", "target: -1s").replace("calendar: china", "calendar: mars")
    answer = await shared_centre.post("/v1/policies", {"document": wrong}, Role.LEAD)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_DOCUMENT")
    assert [(error["line"], error["column"]) for error in answer.json()["errors"]] == [(7, 32), (9, 42)]


async def test_a_policy_that_names_a_calendar_of_the_centre_needs_that_to_be_published(
    shared_centre: Centre,
) -> None:
    ours = STRICT.replace("calendar: china", "calendar: berlin").replace("CS-TA06-24", "berlin")
    refused = await shared_centre.post("/v1/policies", {"document": ours}, Role.LEAD)
    assert refused.status_code == 422
    berlin = {"name": "berlin", "document": "timezone: Europe/Berlin\nweek: {mon: ['08:00-16:00']}\n"}
    published = await shared_centre.post("/v1/calendars", berlin, Role.LEAD)
    assert published.status_code == 200, published.text
    assert (await publish(shared_centre, ours))["calendars"]["berlin"] == published.json()["version"]


async def test_a_calendar_with_an_unknown_zone_or_overlapping_windows_is_refused(shared_centre: Centre) -> None:
    for document in (
        "timezone: Europe/Atlantis\nweek: {mon: ['08:00-16:00']}\n",
        "timezone: Europe/Berlin\nweek: {mon: ['08:00-16:00', '15:00-17:00']}\n",
    ):
        body = {"name": "wrong", "document": document}
        answer = await shared_centre.post("/v1/calendars", body, Role.LEAD)
        assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_DOCUMENT"), answer.text


async def test_a_policy_is_not_effective_before_every_worker_knows_it(shared_centre: Centre) -> None:
    now = shared_centre.zixun.clock.now()
    body = {"document": STRICT.replace("1s", "3s"), "effective_from": now.isoformat()}
    for preview in (False, True):
        answer = await shared_centre.post("/v1/policies", body | {"preview": preview}, Role.LEAD)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "TOO_SOON")
        (error,) = problem["errors"]
        assert (error["pointer"], datetime.fromisoformat(error["found"])) == ("/effective_from", now)
        earliest, rest = error["expected"].split(" ", 1)
        assert datetime.fromisoformat(earliest) >= now + timedelta(minutes=2)
        assert rest == "or later"
        assert problem["detail"] == f"Expected {error['expected']}, found {error['found']}."


async def test_history_is_judged_by_a_draft_and_nothing_is_written(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await shared_centre.settled()
    before = await shared_centre.zixun.stores["sla"].heads()
    contacted = (shared_centre.zixun.clock.now() - timedelta(minutes=5)).isoformat()
    late = await routed(shared_centre, contacted_at=contacted)
    await shared_centre.settled()
    before = await shared_centre.zixun.stores["sla"].heads()
    found = await tried(shared_centre, document=STRICT)
    gained = {each["ticket_id"] for each in found["first_response"]["gained"]}
    assert late.ticket_id in gained
    assert found["reply_submission"]["clocks_after"] == 0
    assert await shared_centre.zixun.stores["sla"].heads() == before
    assert ticket.ticket_id != late.ticket_id


async def test_history_is_judged_by_a_draft_of_a_calendar_under_the_policies_that_there_were(
    shared_centre: Centre,
) -> None:
    contacted = (shared_centre.zixun.clock.now() - timedelta(days=30)).isoformat()
    late = await routed(shared_centre, contacted_at=contacted)
    await shared_centre.settled()
    before = await shared_centre.zixun.stores["sla"].heads()
    found = await tried(shared_centre, calendars={"always": "timezone: UTC\nweek: {}\n"})
    lost = {each["ticket_id"] for each in found["first_response"]["lost"]}
    assert late.ticket_id in lost
    assert found["first_response"]["breaches_after"] == 0
    assert found["first_response"]["clocks_after"] == found["first_response"]["clocks_before"]
    assert await shared_centre.zixun.stores["sla"].heads() == before


async def test_a_draft_of_a_calendar_as_it_is_changes_nothing_also_of_clocks_that_were_moved(
    shared_centre: Centre,
) -> None:
    version = (await publish(shared_centre, STRICT))["version"]
    ticket = await routed(shared_centre)
    await shared_centre.settled()
    path = f"/v1/policies/CS-TA06-24/{version}/migration"
    await shared_centre.post(path, {"preview": False}, Role.LEAD)
    assert await retargeted(shared_centre, ticket.ticket_id, version)
    for metric in (await tried(shared_centre, calendars={"china": "ship: china\n"})).values():
        assert (metric["gained"], metric["lost"]) == ([], [])
        assert metric["clocks_before"] == metric["clocks_after"]
        assert metric["over_minutes_before"] == metric["over_minutes_after"]


async def test_the_same_draft_is_judged_by_the_calendar_that_is_published_when_it_is_asked_about(
    shared_centre: Centre,
) -> None:
    contacted = (shared_centre.zixun.clock.now() - timedelta(minutes=5)).isoformat()
    late = await routed(shared_centre, contacted_at=contacted)
    await shared_centre.settled()
    draft = STRICT.replace("calendar: always", "calendar: shift")
    gained = []
    for week in ("{}", str({day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")})):
        shift = {"name": "shift", "document": f"timezone: UTC\nweek: {week}\n"}
        assert (await shared_centre.post("/v1/calendars", shift, Role.LEAD)).status_code == 200
        found = await tried(shared_centre, document=draft)
        gained.append(late.ticket_id in {each["ticket_id"] for each in found["first_response"]["gained"]})
    assert gained == [False, True]


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({}, "/document"),
        ({"document": STRICT, "calendars": {"mars": "ship: china\n"}}, "/calendars/mars"),
        ({"calendars": {"a b": "ship: china\n"}}, "/calendars/a b"),
        ({"calendars": {"china": "ship: chian\n"}}, "/calendars/china"),
        (
            {"document": STRICT, "received_from": "2026-04-01T00:00:00Z", "received_to": "2026-01-01T00:00:00Z"},
            "/received_to",
        ),
    ],
)
async def test_a_question_that_has_no_answer_is_refused_with_what_is_wrong(
    shared_centre: Centre, asked: dict[str, Any], pointer: str
) -> None:
    answer = await shared_centre.post("/v1/policies/what-if", asked, Role.LEAD)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_running_clocks_move_to_another_version_by_an_event_and_only_once(shared_centre: Centre) -> None:
    version = (await publish(shared_centre, STRICT))["version"]
    ticket = await routed(shared_centre)
    await ticket.walk(CLAIM)
    await shared_centre.settled()
    path = f"/v1/policies/CS-TA06-24/{version}/migration"
    previewed = (await shared_centre.post(path, {"preview": True}, Role.LEAD)).json()
    mine = [clock for clock in previewed["moved"] if clock["ticket_id"] == ticket.ticket_id]
    assert {clock["metric"] for clock in mine} >= {"first_response", "tier_cse"}
    assert not await retargeted(shared_centre, ticket.ticket_id, version)
    for _ in range(2):
        assert (await shared_centre.post(path, {"preview": False}, Role.LEAD)).status_code == 200
        moved = await retargeted(shared_centre, ticket.ticket_id, version)
        assert len({event.clock_id for event in moved}) == len(moved) == len(mine)


async def test_a_version_that_was_never_published_is_named(shared_centre: Centre) -> None:
    answer = await shared_centre.post("/v1/policies/CS-TA06-24/99/migration", {}, Role.LEAD)
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_POLICY")
    assert "found CS-TA06-24 99" in answer.json()["detail"]


async def test_running_clocks_are_listed_by_their_deadlines_page_by_page(shared_centre: Centre) -> None:
    for _ in range(2):
        await routed(shared_centre)
    await shared_centre.settled()
    page = (await shared_centre.get("/v1/clocks?limit=2", Role.LEAD)).json()
    seen = list(page["items"])
    while page["next_cursor"]:
        page = (await shared_centre.get(f"/v1/clocks?limit=2&cursor={page['next_cursor']}", Role.LEAD)).json()
        seen += page["items"]
    assert len(seen) > 4
    assert [clock["deadline"] for clock in seen] == sorted(clock["deadline"] for clock in seen)
    assert len({(clock["ticket_id"], clock["clock_id"]) for clock in seen}) == len(seen)


async def test_figures_count_what_was_met_per_metric_and_period(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(CLAIM)
    await shared_centre.post(f"/v1/tickets/{ticket.ticket_id}/notices", {"message": "We are on it."})
    await shared_centre.settled()
    for period in ("all", "day"):
        answer = await shared_centre.get(f"/v1/clock-figures?period={period}&timezone=Asia/Shanghai", Role.LEAD)
        assert answer.status_code == 200, answer.text
        first = [row for row in answer.json()["items"] if row["metric"] == "first_response"]
        assert sum(row["met"] for row in first) >= 1
        assert first[0]["percentiles"]["p50"] >= 0
        still_open = {row["metric"]: (row["open"], row["overdue"]) for row in answer.json()["now_open"]}
        assert still_open["total_resolution"][0] >= 1
    assert (await shared_centre.get("/v1/clock-figures?timezone=Mars", Role.LEAD)).status_code == 422
    # A file of most machines, and not a zone that PostgreSQL knows.
    assert (await shared_centre.get("/v1/clock-figures?timezone=localtime", Role.LEAD)).status_code == 422


async def tried(centre: Centre, **asked: Any) -> dict[str, dict[str, Any]]:
    """What the drafts would have changed, by metric."""
    answer = await centre.post("/v1/policies/what-if", asked, Role.LEAD)
    assert answer.status_code == 200, answer.text
    return {metric["metric"]: metric for metric in answer.json()["metrics"]}


async def retargeted(centre: Centre, ticket_id: str, version: str) -> list[ClockRetargeted]:
    """What SLA said of clocks that were moved to this version, once it has taken everything in."""
    await centre.settled()
    events = [decode(event) for event in (await centre.zixun.stores["sla"].load(ticket_id)).events]
    moved = [event for event in events if isinstance(event, ClockRetargeted)]
    return [event for event in moved if event.terms.policy_version == version]
