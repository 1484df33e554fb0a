"""What happened to a ticket, step by step, over HTTP."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared_events.contracts.base import Origin, Step
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.intake import Contact
from shared_events.contracts.routing import ProblemRecorded
from shared_events.http import Role
from tests.ledger_svc.clocks import BREACHED, STARTED
from tests.ledger_svc.history import ASSIGNED, CLASSIFIED, CUSTOMER, NOON, RECEIVED, ROUTED, TICKET, History, after
from tests.ledger_svc.serving import Ledger

PATH = f"/v1/tickets/{TICKET}/timeline"
SPOKEN = RECEIVED.model_copy(update={"contact": Contact(name="陈伟"), "content": "It is broken."})
PROBLEM = ProblemRecorded(**after(4), step=Step.CSE_10, problem="The lamp stays dark.")


async def steps(ledger: Ledger) -> list[dict[str, Any]]:
    answer = await ledger.get(PATH)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_step_says_what_happened_when_and_by_whom(ledger: Ledger) -> None:
    await ledger.given(SPOKEN, PROBLEM)
    received, problem = await steps(ledger)
    assert problem == {
        "service": "routing",
        "version": 1,
        "type": "ProblemRecorded",
        "step": "CSE-10",
        "occurred_at": "2026-03-02T12:04:00Z",
        "recorded_at": "2026-03-02T12:04:02Z",
        "by": "agent-7",
        "origin": "live",
        "sentence": "The problem was confirmed and recorded.",
        "details": {},
        "texts": {"problem": "The lamp stays dark."},
    }
    assert received["texts"] == {"contact.name": "陈伟", "content": "It is broken."}
    assert (received["details"]["number"], received["details"]["channel"]) == ("1002-0034-7", "telephone")
    assert CUSTOMER not in str(received["details"])


async def test_steps_come_in_the_order_in_which_they_happened(ledger: Ledger) -> None:
    late = ROUTED.model_copy(update={"at": NOON - timedelta(hours=1)})
    await ledger.given(RECEIVED, CLASSIFIED, late, ASSIGNED)
    assert [step["type"] for step in await steps(ledger)] == [
        "TicketRouted",
        "ConsultationReceived",
        "ConsultationClassified",
        "TicketAssigned",
    ]


async def test_the_sentence_is_in_the_language_that_is_asked_for(ledger: Ledger) -> None:
    await ledger.given(RECEIVED)
    asked = {
        "zh-CN,zh;q=0.9,en;q=0.8": ("zh-CN", "通过电话受理咨询，编号1002-0034-7。"),
        "zh-Hans": ("zh-CN", "通过电话受理咨询，编号1002-0034-7。"),
        "en;q=0.9, zh;q=0.1": ("en", "The consultation 1002-0034-7 was received by telephone."),
        "fr": ("en", "The consultation 1002-0034-7 was received by telephone."),
    }
    for accepted, (tag, sentence) in asked.items():
        answer = await ledger.get(PATH, Accept_Language=accepted)
        assert (answer.headers["Content-Language"], answer.json()["items"][0]["sentence"]) == (tag, sentence)
        assert "Accept-Language" in answer.headers["Vary"]


async def test_a_clock_is_told_among_the_steps_when_it_ran_out(ledger: Ledger) -> None:
    await ledger.given(RECEIVED, STARTED, CLASSIFIED, BREACHED)
    answer = await ledger.get(PATH, Accept_Language="zh")
    *_, breached = answer.json()["items"]
    assert (breached["service"], breached["by"], breached["occurred_at"]) == (
        "sla",
        "system:sla",
        "2026-03-02T13:00:00Z",
    )
    assert breached["sentence"] == "超时：首次响应（第1次），到期时间：2026-03-02 13:00 UTC。"
    assert (breached["details"]["metric"], breached["texts"]) == ("first_response", {})


async def test_a_clock_starts_after_what_started_it_although_it_goes_by_whole_seconds(ledger: Ledger) -> None:
    received = RECEIVED.model_copy(update={"at": NOON + timedelta(milliseconds=26)})
    classified = CLASSIFIED.model_copy(update={"at": NOON + timedelta(seconds=1)})
    await ledger.given(received, STARTED, classified)
    assert [step["type"] for step in await steps(ledger)] == [
        "ConsultationReceived",
        "ClockStarted",
        "ConsultationClassified",
    ]


async def test_those_who_count_see_the_steps_and_not_the_texts(ledger: Ledger) -> None:
    await ledger.given(SPOKEN, PROBLEM)
    for role in (Role.OPS, Role.ANALYST):
        answer = await ledger.get(PATH, role)
        assert "The lamp stays dark." not in answer.text
        assert "陈伟" not in answer.text
        assert "zx1:" not in answer.text
        assert answer.json()["items"][1]["texts"] == {"problem": "[masked]"}


async def test_pages_lead_through_all_steps_once(ledger: Ledger) -> None:
    at_once = [event.model_copy(update={"at": NOON}) for event in (RECEIVED, CLASSIFIED, ROUTED, ASSIGNED, PROBLEM)]
    await ledger.given(*at_once)
    seen: list[str] = []
    path = f"{PATH}?limit=2"
    while path:
        answer = await ledger.get(path)
        seen += [step["type"] for step in answer.json()["items"]]
        path = answer.headers.get("Link", "").removeprefix("<").removesuffix('>; rel="next"')
    assert seen == [type(event).__name__ for event in at_once]


async def test_a_cursor_is_bound_to_its_ticket(ledger: Ledger) -> None:
    other = TICKET.replace("0199", "0200")
    await ledger.given(RECEIVED, CLASSIFIED)
    await ledger.given(RECEIVED, CLASSIFIED, ticket=other)
    cursor = (await ledger.get(f"{PATH}?limit=1")).json()["next_cursor"]
    answer = await ledger.get(f"/v1/tickets/{other}/timeline?limit=1&cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_CURSOR")


async def test_an_event_that_this_release_does_not_know_is_told_by_its_name(ledger: Ledger) -> None:
    await ledger.given(RECEIVED)
    (recorded,) = History(body=ledger.seal).of(PROBLEM)
    later = replace(recorded.stored, type="TicketReferred")
    await ledger.publish([Recorded(PROBLEM, later, 1)])
    await ledger.take_in()
    answer = await ledger.get(PATH)
    unknown = answer.json()["items"][-1]
    assert unknown["sentence"] == "An event of type TicketReferred that this release does not know."
    assert (unknown["details"], unknown["texts"], answer.headers["Zixun-Behind"]) == ({}, {}, "true")


async def test_an_imported_step_says_so(ledger: Ledger) -> None:
    await ledger.given(RECEIVED, origin=Origin.IMPORT)
    assert [step["origin"] for step in await steps(ledger)] == ["import"]


async def test_a_timeline_is_found_by_the_ticket_s_number(ledger: Ledger) -> None:
    await ledger.given(RECEIVED)
    assert (await ledger.get("/v1/tickets/1002-0034-7/timeline")).json()["ticket_id"] == TICKET
    unknown = await ledger.get("/v1/tickets/9999-9999-9/timeline")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "UNKNOWN_TICKET")
