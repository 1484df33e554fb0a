"""`GET /v1/tickets/{ticket_id}/clocks`: every second explained, now and as it was known before."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import httpx2
import pytest
import pytest_asyncio

from shared_events.http import Role
from tests.sla_svc.api.provisional import move_to_unannounced_holidays
from tests.system.journey import (
    ASKED,
    AT_CSE,
    CLAIM,
    NOTICE,
    PAUSE,
    PROPOSAL,
    RESUME,
    TECHNICAL,
    Journey,
    Step,
    received,
    routed,
    submission,
)
from tests.system.serving import Centre, serving

MICROSECOND: Final = timedelta(microseconds=1)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(module_database: str) -> AsyncIterator[Centre]:
    async with serving(module_database) as running:
        yield running


async def clocks(ticket: Journey, query: str = "") -> dict[str, Any]:
    """The answer, which has to be one."""
    answer = await ticket.read(f"/clocks{query}")
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def test_every_second_of_every_clock_is_explained(centre: Centre) -> None:
    ticket = await routed(centre)
    await ticket.walk(*AT_CSE, PAUSE, RESUME, PROPOSAL, submission(1))
    said = await clocks(ticket)
    assert {"first_response", "tier_cse", "total_resolution"} <= {clock["metric"] for clock in said["clocks"]}
    for clock in said["clocks"]:
        segments = clock["segments"]
        assert all(earlier["to"] == later["from"] for earlier, later in pairwise(segments))
        assert sum(each["seconds"] for each in segments if each["counted"]) == clock["elapsed_seconds"]
        assert sum(each["seconds"] for each in clock["attribution"]["elapsed"]) == clock["elapsed_seconds"]
        assert all(each["event_type"] and each["calendar_version"] and each["row"] for each in segments)
    assert said["conservation"]["unaccounted"] == 0


async def test_a_clock_says_how_it_stands_and_why_by_this_rule(centre: Centre) -> None:
    ticket = await entered_late(centre, hours=30)
    (clock,) = (await clocks(ticket, "?metric=reply_submission"))["clocks"]
    assert clock["target_seconds"] == 4 * 3600
    assert moment(clock["deadline"]) - moment(clock["started_at"]) == timedelta(hours=4)
    (rule,) = clock["rules"]
    assert (rule["policy"], rule["row"], rule["event_type"]) == ("CS-TA06-24", "promised-live", "ConsultationReceived")
    assert (rule["start"], rule["stop"], rule["pauses"]) == ("contacted", "submitted", ["customer", "user"])
    assert {passed["row"] for passed in rule["passed"]} >= {"complaint-grade-a", "critical", "live-and-important"}
    assert clock["attribution"]["overrun_seconds"] == clock["elapsed_seconds"] - 4 * 3600
    assert [share["party"] for share in clock["attribution"]["overrun"]] == ["reception"]


async def test_the_explanation_is_in_the_language_of_the_reader(centre: Centre) -> None:
    ticket = await entered_late(centre, hours=1)
    path = f"/v1/tickets/{ticket.ticket_id}/clocks?metric=first_response"
    for asked, answered, title, text in (
        ("zh-CN,zh;q=0.9,en;q=0.1", "zh-CN", "首次响应", "工作时间 00:00-24:00"),
        ("fr", "en", "first response", "open 00:00-24:00"),
    ):
        answer = await centre.get(path, Accept_Language=asked)
        (clock,) = answer.json()["clocks"]
        assert answer.headers["Content-Language"] == answered
        assert (clock["title"], {segment["text"] for segment in clock["segments"]}) == (title, {text})


async def test_what_was_believed_before_a_correction_stays_visible(centre: Centre) -> None:
    ticket = await entered_late(centre, hours=2)
    before = (await clocks(ticket, "?metric=first_response"))["clocks"][0]
    asked_at = centre.zixun.clock.now()
    earlier = moment(before["started_at"]) - timedelta(hours=3)
    body = {"contacted_at": earlier.isoformat(), "reason": "A slip of the pen."}
    seen = f'"intake.{(await ticket.shown())["versions"]["intake"]}"'
    corrected = await centre.post(f"/v1/consultations/{ticket.ticket_id}/corrections", body, If_Match=seen)
    assert corrected.is_success, corrected.text
    await centre.settled()
    (now,) = (await clocks(ticket, "?metric=first_response"))["clocks"]
    (then,) = (await clocks(ticket, f"?metric=first_response&known_at={query_of(asked_at)}"))["clocks"]
    assert moment(now["started_at"]) == earlier
    assert then["started_at"] == before["started_at"]
    events = (await centre.zixun.stores["intake"].load(ticket.ticket_id)).events
    assert [event.type for event in events if str(event.event_id) == now["start_corrected_by"]] == [
        "ConsultationCorrected"
    ]
    assert then["start_corrected_by"] is None
    assert sum(each["seconds"] for each in then["segments"] if each["counted"]) == then["elapsed_seconds"]


async def test_what_was_recorded_later_in_the_same_second_was_not_known_yet(centre: Centre) -> None:
    ticket = await entered_late(centre, hours=2)
    an_hour_ago = (centre.zixun.clock.now() - timedelta(hours=1)).isoformat()
    classification = Step(f"/v1/consultations/{ticket.ticket_id}/classification", TECHNICAL)
    for step in (classification, CLAIM, PAUSE):
        await ticket.walk(replace(step, body={**step.body, "occurred_at": an_hour_ago}))
    await centre.settled()
    steps = (await ticket.read("/timeline?limit=100")).json()["items"]
    recorded_at = {step["type"]: moment(step["recorded_at"]) for step in steps}
    now = query_of(centre.zixun.clock.now())

    async def known_at(at: datetime) -> httpx2.Response:
        return await ticket.read(f"/clocks?known_at={query_of(at)}&as_of={now}")

    assert (await known_at(recorded_at["ConsultationReceived"] - MICROSECOND)).status_code == 404
    assert (await known_at(recorded_at["ConsultationReceived"])).status_code == 200
    before, after = recorded_at["TicketPaused"] - MICROSECOND, recorded_at["TicketPaused"]
    assert (await known_at(before)).json()["conservation"]["paused"] == 0
    assert (await known_at(after)).json()["conservation"]["paused"] >= 3590


async def test_a_clock_is_shown_as_it_stood_at_a_moment(centre: Centre) -> None:
    ticket = await entered_late(centre, hours=10)
    moment_before = centre.zixun.clock.now() - timedelta(hours=9, minutes=30)
    said = await clocks(ticket, f"?metric=first_response&as_of={query_of(moment_before)}")
    (clock,) = said["clocks"]
    assert (clock["state"], clock["breached_at"], clock["ended_at"]) == ("running", None, None)
    assert 1795 <= clock["elapsed_seconds"] <= 1805
    assert said["conservation"]["lifetime"] == clock["elapsed_seconds"] == said["conservation"]["unassigned"]
    long_ago = query_of(moment_before - timedelta(days=1))
    assert (await clocks(ticket, f"?as_of={long_ago}"))["clocks"] == []


async def test_what_cannot_be_answered_is_named(centre: Centre) -> None:
    ticket = await routed(centre)
    path = f"/v1/tickets/{ticket.ticket_id}/clocks"
    tomorrow = query_of(centre.zixun.clock.now() + timedelta(days=1))
    for query, named in (
        ("metric=patience", "patience"),
        (f"as_of={tomorrow}", "as_of"),
        (f"known_at={tomorrow}", "known_at"),
        ("as_of=yesterday", "as_of"),
        ("colour=red", "colour"),
    ):
        refused = await centre.get(f"{path}?{query}")
        assert refused.status_code == 422, query
        assert named in refused.text
    for unknown in ("019a8c1e-2f7b-7cc0-9d0a-5b3c1f2e4d6a", f"{ticket.ticket_id}"):
        known_at = "" if unknown != ticket.ticket_id else "?known_at=2020-01-01T00:00:00Z"
        refused = await centre.get(f"/v1/tickets/{unknown}/clocks{known_at}", role=Role.ANALYST)
        assert (refused.status_code, refused.json()["code"]) == (404, "UNKNOWN_TICKET")


async def test_a_deadline_that_rests_on_holidays_that_nobody_announced_is_provisional(centre: Centre) -> None:
    ticket = await entered_late(centre, hours=1)
    await move_to_unannounced_holidays(centre)
    expected = [("first_response", None, False), ("reply_submission", str(centre.zixun.clock.now().date()), True)]
    found = [
        (clock["metric"], clock["rules"][-1]["calendar_known_until"], clock["deadline_is_provisional"])
        for clock in (await clocks(ticket))["clocks"]
        if clock["rules"][-1]["policy"] == "short-sighted"
    ]
    assert found == expected
    listed = (await centre.get("/v1/clocks?limit=100")).json()["items"]
    ours = [
        (each["metric"], each["deadline_is_provisional"]) for each in listed if each["ticket_id"] == ticket.ticket_id
    ]
    assert set(ours) >= {("first_response", False), ("reply_submission", True)}


async def test_a_clock_that_was_given_more_time_after_a_breach_is_not_overdue_any_more(centre: Centre) -> None:
    """An hour for a call of which nothing is known; two for one of high urgency."""
    ticket = await entered_late(centre, hours=1.5)
    while not (await clocks(ticket, "?metric=first_response"))["clocks"][0]["breaches"]:
        await centre.settled()
    overdue = await overdue_responses(centre)
    await ticket.walk(Step(f"/v1/consultations/{ticket.ticket_id}/classification", TECHNICAL | {"urgency": "high"}))
    await centre.settled()
    (clock,) = (await clocks(ticket, "?metric=first_response"))["clocks"]
    assert [breach["row"] for breach in clock["breaches"]] == ["live"]
    assert (clock["state"], clock["attribution"]["overrun_seconds"]) == ("running", 0)
    assert await overdue_responses(centre) == overdue - 1


async def overdue_responses(centre: Centre) -> int:
    """How many tickets wait too long for a first response."""
    figures = (await centre.get("/v1/clock-figures", Role.LEAD)).json()["now_open"]
    return sum(each["overdue"] for each in figures if each["metric"] == "first_response")


async def test_what_ended_a_clock_is_named(centre: Centre) -> None:
    ticket = await entered_late(centre, hours=1)
    await ticket.walk(Step(f"/v1/consultations/{ticket.ticket_id}/classification", TECHNICAL), CLAIM, NOTICE)
    await centre.settled()
    (answered,) = (await clocks(ticket, "?metric=first_response"))["clocks"]
    assert (answered["state"], answered["ended_by"]["event_type"], answered["ended_by"]["cancelled"]) == (
        "met",
        "CustomerInformed",
        None,
    )
    body = {"category": "complaint", "request_kind": "complaint", "complaint_grade": "A", "urgency": "high"}
    await ticket.walk(Step(f"/v1/consultations/{ticket.ticket_id}/classification", {**TECHNICAL, **body}))
    await centre.settled()
    (gone,) = (await clocks(ticket, "?metric=total_resolution"))["clocks"]
    assert (gone["state"], gone["ended_by"]["event_type"], gone["ended_by"]["cancelled"]) == (
        "cancelled",
        "ConsultationClassified",
        "not_applicable",
    )


async def entered_late(centre: Centre, *, hours: float) -> Journey:
    """A call that was entered some hours after it came."""
    contacted_at = centre.zixun.clock.now() - timedelta(hours=hours)
    ticket = await received(centre, **ASKED, contacted_at=contacted_at.isoformat())
    await centre.settled()
    return ticket


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def query_of(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
