"""Many write at once: on one ticket one of them wins, on many tickets all do, and a repetition does nothing twice."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx2
import pytest

from shared_events.http import Role
from tests.system.agreement import agree
from tests.system.journey import ASKED, AT_CSE, CLAIM, NOTICE, PROBLEM, Journey, Step, received, routed
from tests.system.serving import Centre, Person

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRITERS = 20
MESSAGE = {"channel": "chat", "message": "It happened again."}


async def test_of_many_who_claim_a_ticket_one_gets_it_and_the_others_learn_who(shared_centre: Centre) -> None:
    ticket, others = await routed(shared_centre), [await routed(shared_centre) for _ in range(WRITERS)]
    people = [await shared_centre.hire(Role.AGENT) for _ in range(WRITERS)]
    claims, elsewhere = await asyncio.gather(
        asyncio.gather(*(_claim(ticket, person) for person in people)),
        asyncio.gather(*(other.attempt(NOTICE) for other in others)),
    )
    won, lost = _split(claims)
    assert len(won) == 1
    assert {(answer.status_code, answer.json()["code"]) for answer in lost} == {(409, "HELD_BY_ANOTHER")}
    assert {answer.json()["present"]["agent_id"] for answer in lost} == {won[0].json()["agent_id"]}
    assert {answer.status_code for answer in elsewhere} == {200}
    assert (await agree(ticket))["versions"]["routing"] == 2


async def test_of_many_who_build_on_the_same_state_one_wins_and_the_others_get_the_present_one(
    shared_centre: Centre,
) -> None:
    ticket = await received(shared_centre)
    before = await ticket.read()
    headers = {"If-Match": before.headers["ETag"]}
    path = f"/v1/consultations/{ticket.ticket_id}/corrections"
    bodies: list[dict[str, Any]] = [{"reason": "Misheard.", "product": f"X{place}"} for place in range(WRITERS)]
    answers = await asyncio.gather(*(ticket.attempt(Step(path, body), **headers) for body in bodies))
    won, lost = _split(answers)
    assert len(won) == 1
    assert {(answer.status_code, answer.json()["code"]) for answer in lost} == {(412, "OUTDATED")}
    assert [answer.json()["present"] for answer in lost] == [won[0].json()] * len(lost)
    assert {answer.headers["ETag"] for answer in lost} == {won[0].headers["ETag"]}


async def test_writers_who_do_not_exclude_each_other_are_all_served(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    told = await asyncio.gather(*(ticket.attempt(NOTICE) for _ in range(3 * WRITERS)))
    assert {answer.status_code for answer in told} == {200}
    assert sorted(answer.json()["version"] for answer in told) == list(range(2, 2 + 3 * WRITERS))
    await shared_centre.settled()
    assert len((await ticket.shown())["notices"]) == 3 * WRITERS


@pytest.mark.parametrize("times", [2, 10])
async def test_the_same_request_with_the_same_key_is_carried_out_once(shared_centre: Centre, times: int) -> None:
    ticket = await routed(shared_centre)
    answers = await asyncio.gather(*(ticket.attempt(NOTICE, Idempotency_Key=f"told-{times}") for _ in range(times)))
    _all_the_same(answers)
    await shared_centre.settled()
    assert len((await ticket.shown())["notices"]) == 1


async def test_a_consultation_that_is_sent_ten_times_with_one_key_is_received_once(shared_centre: Centre) -> None:
    before = await _events(shared_centre)
    send = shared_centre.post
    answers = await asyncio.gather(*(send("/v1/consultations", ASKED, Idempotency_Key="call-7") for _ in range(10)))
    _all_the_same(answers)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert await _events(shared_centre) == before + 2


async def test_a_repetition_is_answered_as_it_was_though_the_ticket_has_moved_on(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    first = await ticket.attempt(CLAIM, Idempotency_Key="claim")
    await ticket.walk(*AT_CSE)
    again = await ticket.attempt(CLAIM, Idempotency_Key="claim")
    _all_the_same([first, again])
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_a_repetition_is_not_refused_for_what_it_did_itself(shared_centre: Centre) -> None:
    ticket = await received(shared_centre)
    headers = {"If-Match": (await ticket.read()).headers["ETag"], "Idempotency-Key": "correct"}
    step = Step(f"/v1/consultations/{ticket.ticket_id}/corrections", {"reason": "Misheard.", "product": "X300"})
    _all_the_same([await ticket.attempt(step, **headers) for _ in range(2)])
    reopening = Step("reopening", {"cause": "recurred"})
    await ticket.walk(Step("routing"), CLAIM, Step("resolution", {"resolution": "no_answer_needed"}))
    _all_the_same([await ticket.attempt(reopening, Idempotency_Key="again") for _ in range(2)])


async def test_a_refused_request_may_be_repeated_until_it_is_allowed(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    refused = await ticket.attempt(PROBLEM, Idempotency_Key="problem")
    assert refused.status_code == 409
    await ticket.walk(CLAIM)
    done = await ticket.attempt(PROBLEM, Idempotency_Key="problem")
    assert (done.status_code, "Idempotency-Replayed" in done.headers) == (200, False)


@pytest.mark.parametrize("changed", ["body", "ticket"])
async def test_a_key_with_another_request_is_refused(shared_centre: Centre, changed: str) -> None:
    ticket, other = await routed(shared_centre), await routed(shared_centre)
    key = f"other-{changed}"
    await ticket.attempt(NOTICE, Idempotency_Key=key)
    step = Step("notices", {"message": "Something else."}) if changed == "body" else NOTICE
    refused = await (other if changed == "ticket" else ticket).attempt(step, Idempotency_Key=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    await shared_centre.settled()
    assert [len((await each.shown())["notices"]) for each in (ticket, other)] == [1, 0]


async def test_of_ten_different_requests_with_one_key_one_is_carried_out(shared_centre: Centre) -> None:
    ticket = await received(shared_centre)
    path = f"/v1/consultations/{ticket.ticket_id}/messages"
    steps = [Step(path, MESSAGE | {"message": f"Message {place}"}) for place in range(10)]
    answers = await asyncio.gather(*(ticket.attempt(step, Idempotency_Key="said") for step in steps))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 422: 9}
    await shared_centre.settled()
    assert len((await ticket.shown())["messages"]) == 1


async def test_a_key_belongs_to_one_route_and_one_principal(shared_centre: Centre) -> None:
    ticket = await received(shared_centre)
    record = f"/v1/consultations/{ticket.ticket_id}"
    said = Step(f"{record}/messages", MESSAGE)
    answers = [
        await ticket.attempt(said, Idempotency_Key="one"),
        await ticket.attempt(said.by(Role.LEAD), Idempotency_Key="one"),
        await ticket.attempt(Step(f"{record}/withdrawal"), Idempotency_Key="one"),
    ]
    assert [answer.headers["ETag"] for answer in answers] == ['"intake.3"', '"intake.4"', '"intake.5"']


async def _claim(ticket: Journey, person: Person) -> httpx2.Response:
    path = f"/v1/tickets/{ticket.ticket_id}/assignment"
    return await ticket.centre.http.post(path, json={}, headers=person.header | ticket.seen)


def _split(answers: Sequence[httpx2.Response]) -> tuple[list[httpx2.Response], list[httpx2.Response]]:
    return [each for each in answers if each.is_success], [each for each in answers if not each.is_success]


def _all_the_same(answers: Sequence[httpx2.Response]) -> None:
    """All succeed, with the same words; only one was not a repetition."""
    told = {(answer.status_code, answer.text, answer.headers["ETag"]) for answer in answers}
    assert len(told) == 1
    assert answers[0].is_success, answers[0].text
    assert len({answer.headers["Zixun-Position"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1


async def _events(centre: Centre) -> int:
    count: int = await centre.zixun.pool.fetchval("select count(*) from intake.event")
    return count
