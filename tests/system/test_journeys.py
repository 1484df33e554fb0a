"""Every outcome of the flow chart CS/TA06-24, taken over HTTP by the people of the centre; the ledger agrees."""

import pytest

from shared_events.http import Role
from tests.system.agreement import agree
from tests.system.journey import (
    ANALYSIS,
    AT_CSE,
    AT_PSE,
    CASE,
    CASE_ANSWER,
    CLAIM,
    CLOSING,
    ESCALATION,
    HAND_BACK,
    NO_ANSWER,
    NOTICE,
    PAUSE,
    PROBLEM,
    PROPOSAL,
    RELEASE,
    REOPENING,
    RESUME,
    Step,
    acceptance,
    by_exception,
    received,
    refusal,
    routed,
    submission,
)
from tests.system.serving import Centre

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXTS = (
    "网关每天凌晨两点断线。",
    "👩‍👩‍👧 e\u0301 \u202eright to left\u202c \u2028 \ufeff \ufffe",
    "  kept\twith\r\nits spaces  ",
    "[erased] [masked] [unreadable] null {} zx1:a:b:c:d",
    """"'; drop table ledger.ticket; -- \\ %s $1 {0} <script>alert(1)</script>""",
    "长" * 20_000,
)
AT_RDE = (*AT_CSE, NO_ANSWER, *AT_PSE, NO_ANSWER)


async def test_cse_answers_and_the_customer_accepts(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(*AT_CSE, PROPOSAL, submission(1), acceptance(1))
    shown = await agree(ticket)
    assert (shown["status"], shown["tiers_touched"], shown["rejections"]) == ("resolved", ["CSE"], 0)
    assert await ticket.steps() == [
        "ConsultationReceived",
        "ConsultationAcknowledged",
        "ConsultationClassified",
        "TicketRouted",
        "TicketAssigned",
        "ProblemRecorded CSE-10",
        "KnowledgeSearched CSE-20",
        "AnswerProposed CSE-30",
        "AnswerSubmitted CSE-40",
        "AnswerAccepted CSE-50",
        "TicketResolved",
        "CallbackScheduled CCE-10",
    ]


async def test_a_refused_cse_answer_goes_up_to_pse(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(*AT_CSE, PROPOSAL, submission(1), refusal(1))
    shown = await agree(ticket)
    assert (shown["status"], shown["tier"], shown["tiers_touched"]) == ("queued", "PSE", ["CSE", "PSE"])
    await ticket.walk(*AT_PSE, PROPOSAL, submission(2), acceptance(2))
    shown = await agree(ticket)
    assert (shown["status"], shown["rejections"], shown["escalations"]) == ("resolved", 1, 1)


async def test_what_pse_cannot_answer_goes_through_the_technical_case_and_back(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(*AT_RDE)
    assert (ticket.last["tier"], ticket.last["open_case"]) == ("RDE", 1)
    await agree(ticket)
    await ticket.walk(CLAIM.by(Role.LEAD), ANALYSIS, CASE_ANSWER)
    shown = await agree(ticket)
    pse = shared_centre.people[Role.AGENT].id
    assert (shown["tier"], shown["status"], shown["agent_id"]) == ("PSE", "in_work", pse)
    await ticket.walk(submission(1), acceptance(1))
    assert (await agree(ticket))["tiers_touched"] == ["CSE", "PSE", "RDE"]
    assert [step for step in await ticket.steps() if " " in step] == [
        "ProblemRecorded CSE-10",
        "KnowledgeSearched CSE-20",
        "NoAnswerFound CSE-30",
        "ProblemAnalysed PSE-10",
        "NoAnswerFound PSE-20",
        "TechnicalCaseOpened technical-case",
        "ProblemAnalysed RDE-10",
        "TechnicalCaseAnswered RDE-20",
        "AnswerSubmitted PSE-30",
        "AnswerAccepted PSE-40",
        "CallbackScheduled CCE-10",
    ]


async def test_an_answer_of_rde_that_the_customer_refuses_goes_back_to_rde(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(*AT_RDE, CLAIM, ANALYSIS, CASE_ANSWER, submission(1), refusal(1))
    assert (ticket.last["place"], ticket.last["open_case"]) == ("RDE-10", 2)
    assert (await agree(ticket))["status"] == "queued"


async def test_a_case_that_was_described_before_is_the_one_that_rde_gets(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(ESCALATION, *AT_PSE, CASE, NO_ANSWER)
    assert (ticket.last["place"], ticket.last["open_case"]) == ("RDE-10", 1)
    await agree(ticket)


async def test_important_customers_go_to_pse_directly(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre, importance="important")
    await ticket.walk(*AT_PSE, PROPOSAL, submission(1), acceptance(1))
    assert (await agree(ticket))["tiers_touched"] == ["PSE"]


async def test_what_is_not_technical_is_routed_by_hand(shared_centre: Centre) -> None:
    ticket = await received(shared_centre)
    await ticket.walk(Step("routing", {"tier": "RDE", "direct_reason": "special_case", "reason": "The site is down."}))
    shown = await agree(ticket)
    assert (shown["tier"], shown["status"], len(shown["technical_cases"])) == ("RDE", "queued", 1)


async def test_tiers_are_skipped_upwards_and_downwards_with_a_reason(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    without = await ticket.attempt(Step("escalation", {"tier": "RDE"}))
    assert (without.status_code, without.json()["code"]) == (409, "REASON_REQUIRED")
    await ticket.walk(Step("escalation", {"tier": "RDE", "reason": "Known defect."}))
    await agree(ticket)
    await ticket.walk(Step("hand-back", {"tier": "CSE", "reason": "It was the cable."}))
    shown = await agree(ticket)
    assert (shown["tier"], shown["escalations"], shown["hand_backs"]) == ("CSE", 1, 1)
    assert shown["tiers_touched"] == ["CSE", "RDE"]


async def test_a_ticket_is_handed_back_released_and_transferred(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(ESCALATION, CLAIM, HAND_BACK)
    assert (await agree(ticket))["tier"] == "CSE"
    await ticket.walk(CLAIM, RELEASE)
    assert (await agree(ticket))["status"] == "queued"
    untold = await ticket.attempt(Step("transfer", {"team": "network"}))
    assert (untold.status_code, untold.json()["code"]) == (409, "CUSTOMER_NOT_TOLD")
    await ticket.walk(Step("transfer", {"team": "network", "told_customer": "A colleague knows it better."}))
    shown = await agree(ticket)
    assert (shown["team"], shown["transfers"], shown["hand_backs"]) == ("network", 1, 1)


async def test_a_ticket_waits_for_one_reason_after_another_and_goes_on(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(*AT_CSE, PAUSE)
    assert (await agree(ticket))["paused"]
    await ticket.walk(Step("pause", {"reason": "vendor", "note": "Spare part ordered."}))
    assert [pause["reason"] for pause in (await agree(ticket))["pauses"]] == ["vendor"]
    await ticket.walk(RESUME, RESUME, PROPOSAL, PAUSE, submission(1))
    shown = await agree(ticket)
    assert (shown["paused"], shown["waits"], shown["status"]) == (False, 3, "answered")


async def test_the_customer_is_told_things_that_are_no_answer(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(NOTICE, NOTICE)
    shown = await agree(ticket)
    assert [notice["text"] for notice in shown["notices"]] == ["We need one more day."] * 2
    assert shown["status"] == "queued"


@pytest.mark.parametrize("path", [(), AT_CSE, AT_RDE, (*AT_CSE, PROPOSAL, submission(1), acceptance(1))])
async def test_a_withdrawn_consultation_is_over_wherever_its_ticket_is(
    shared_centre: Centre, path: tuple[Step, ...]
) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(*path)
    await ticket.walk(Step(f"/v1/consultations/{ticket.ticket_id}/withdrawal", {"reason": "Found it."}))
    await shared_centre.settled()
    shown = await agree(ticket)
    assert (shown["status"], shown["withdrawal"]["note"]) == ("withdrawn", "Found it.")
    late = await ticket.attempt(PROBLEM)
    assert (late.status_code, late.json()["code"]) == (409, "ALREADY_CLOSED")


async def test_what_was_withdrawn_before_its_classification_is_never_routed(shared_centre: Centre) -> None:
    ticket = await received(shared_centre)
    await ticket.walk(Step(f"/v1/consultations/{ticket.ticket_id}/withdrawal"))
    await shared_centre.settled()
    routing = await ticket.attempt(Step("routing"))
    assert (routing.status_code, routing.json()["present"]["status"]) == (409, "closed")
    assert (await ticket.shown())["status"] == "withdrawn"


async def test_a_ticket_is_resolved_without_a_verdict_closed_and_reopened(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(*AT_CSE, PROPOSAL, submission(1), Step("resolution", {"resolution": "no_verdict"}))
    assert (await agree(ticket))["resolution"]["cause"] == "no_verdict"
    await ticket.walk(CLOSING, CLOSING)
    assert (await agree(ticket))["status"] == "closed"
    await ticket.walk(REOPENING)
    shown = await agree(ticket)
    assert (shown["status"], shown["tier"], shown["reopenings_count"]) == ("queued", "CSE", 1)
    await ticket.walk(CLAIM, Step("resolution", {"resolution": "no_answer_needed"}))
    assert (await agree(ticket))["status"] == "resolved"


async def test_only_team_leaders_let_rde_answer_the_customer(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(*AT_RDE, CLAIM, ANALYSIS)
    refused = await ticket.attempt(by_exception(1).by(Role.AGENT))
    assert (refused.status_code, refused.json()["code"]) == (409, "LEAD_REQUIRED")
    await ticket.walk(by_exception(1))
    assert (await agree(ticket))["answers"][0]["exception"] == "answered_by_rde"
    await ticket.walk(refusal(1), CLAIM, by_exception(2), acceptance(2))
    assert (await agree(ticket))["status"] == "resolved"


async def test_a_dissatisfied_customer_reopens_the_ticket_by_events_alone(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(*AT_CSE, PROPOSAL, submission(1), acceptance(1))
    again = {"result": "not_reached", "try_again_at": "2199-01-01T08:00:00Z"}
    await ticket.walk(Step(f"{ticket.callbacks}/attempts", again))
    early = await ticket.attempt(Step(f"{ticket.callbacks}/outcome", {"satisfied": False}))
    assert (early.status_code, early.json()["code"]) == (409, "NOT_REACHED_YET")
    await ticket.walk(
        Step(f"{ticket.callbacks}/attempts", {"result": "reached"}),
        Step(f"{ticket.callbacks}/outcome", {"satisfied": False, "comment": "It broke again."}),
        CLAIM,
    )
    shown = await agree(ticket)
    (visit,) = shown["callbacks"]
    assert (shown["status"], shown["reopenings_count"], shown["reopenings"][0]["cause"]) == (
        "in_work",
        1,
        "dissatisfied",
    )
    assert [attempt["result"] for attempt in visit["attempts"]] == ["not_reached", "reached"]
    assert (visit["satisfied"], visit["comment"]) == (False, "It broke again.")


async def test_a_satisfied_customer_leaves_the_ticket_resolved(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(*AT_CSE, PROPOSAL, submission(1), acceptance(1))
    reached, outcome = Step(f"{ticket.callbacks}/attempts", {"result": "reached"}), {"satisfied": True}
    await ticket.walk(reached, Step(f"{ticket.callbacks}/outcome", outcome), CLOSING)
    assert (await agree(ticket))["status"] == "closed"


async def test_a_customer_who_says_more_is_heard_and_wrong_facts_are_put_right(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    record = f"/v1/consultations/{ticket.ticket_id}"
    await ticket.walk(Step(f"{record}/messages", {"channel": "email", "message": "Again at two."}))
    etag = (await ticket.read()).headers["ETag"]
    correction = {"reason": "It was an e-mail.", "channel": "email", "content": "It drops every second night."}
    corrected = await ticket.attempt(Step(f"{record}/corrections", correction), **{"If-Match": etag})
    assert corrected.status_code == 200
    shown = await agree(ticket)
    assert (shown["channel"], shown["content"]) == ("email", "It drops every second night.")
    assert [(each["field"], each["before"]) for each in shown["corrections"]] == [
        ("channel", "telephone"),
        ("content", "The gateway drops the connection every night."),
    ]
    assert [message["text"] for message in shown["messages"]] == ["Again at two."]


@pytest.mark.parametrize("said", TEXTS, ids=range(len(TEXTS)))
async def test_what_was_said_is_shown_as_it_was_said(shared_centre: Centre, said: str) -> None:
    ticket = await received(shared_centre, content=said, contact={"name": said[:200]})
    await ticket.walk(Step("routing"), Step("notices", {"message": said}))
    shown = await agree(ticket)
    assert (shown["content"], shown["contact"]["name"], shown["notices"][0]["text"]) == (said, said[:200], said)
    timeline = (await ticket.read("/timeline")).json()["items"]
    assert [item["texts"]["message"] for item in timeline if item["type"] == "CustomerInformed"] == [said]
