"""Whoever says what they have seen is answered from a state that has it, or is told that this cannot be done."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from services.wiring import CONSUMERS
from shared_events.http import Role
from shared_events.runtime.checkpoints import Checkpoints
from shared_events.runtime.progress import Progress
from shared_events.store.partition import PARTITIONS, partition_of
from tests.system.journey import ASKED, CLAIM, NOTICE, TECHNICAL, Step, received, routed
from tests.system.serving import Centre

pytestmark = pytest.mark.asyncio(loop_scope="module")

MALFORMED = {
    "empty": "",
    "no numbers": "intake",
    "no sequence": "intake:3",
    "negative": "intake:3:-1",
    "no number": "intake:three:1",
    "too much": "intake:3:1:1",
    "a space": "intake: 3:1",
    "no such partition": f"intake:{PARTITIONS}:1",
    "a number beyond all bounds": "intake:3:" + "9" * 19,
    "one of two": "intake:3:1,routing",
    "another case": "INTAKE:3:1",
}


@pytest_asyncio.fixture(loop_scope="module")
async def impatient(shared_centre: Centre) -> AsyncIterator[Centre]:
    """A centre that gives up waiting at once."""
    zixun = shared_centre.zixun
    consumers = {consumer: Checkpoints(zixun.pool, consumer, consumer) for consumer in CONSUMERS}
    shared_centre.app.state.waits = Progress(consumers, zixun.clock, wait_seconds=0.1)
    yield shared_centre
    shared_centre.app.state.waits = zixun.progress


async def test_a_consultation_is_received_classified_and_claimed_without_a_pause(shared_centre: Centre) -> None:
    answers = await asyncio.gather(*(_receive_classify_claim(shared_centre) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    assert {answer.json()["agent_id"] for answer in answers} == {shared_centre.people[Role.AGENT].id}


async def test_where_a_received_consultation_can_be_read_is_said(shared_centre: Centre) -> None:
    received = await shared_centre.post("/v1/consultations", ASKED)
    read = await shared_centre.get(received.headers["Location"], Zixun_Position=received.headers["Zixun-Position"])
    assert (read.status_code, read.json()["number"]) == (200, received.json()["number"])
    assert read.headers["ETag"] == received.headers["ETag"]


async def test_every_read_after_a_write_shows_it(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    for count in range(1, 11):
        told = await ticket.attempt(NOTICE)
        headers = {"Zixun-Position": told.headers["Zixun-Position"]} | shared_centre.people[Role.AGENT].header
        for path in (f"/v1/tickets/{ticket.ticket_id}", f"/v1/tickets/{ticket.ticket_id}/timeline"):
            assert (await shared_centre.http.get(path, headers=headers)).text.count("We need one more day.") == count


@pytest.mark.parametrize("path", ["/v1/tickets", "/v1/queues", "/v1/agents/a/desk", "/v1/figures"])
async def test_a_read_that_cannot_catch_up_says_so_and_when_to_try_again(impatient: Centre, path: str) -> None:
    answer = await impatient.get(path, Role.LEAD, Zixun_Position="intake:3:999999999")
    assert (answer.status_code, answer.json()["code"]) == (503, "BEHIND")
    assert answer.headers["Retry-After"] == "1"
    assert "intake:3:999999999" in answer.json()["title"]


async def test_a_command_that_cannot_catch_up_does_nothing(impatient: Centre) -> None:
    ticket = await routed(impatient)
    ahead = f"intake:{partition_of(ticket.ticket_id)}:999999999"
    ticket.position = {"intake": ahead}
    for step in (CLAIM, NOTICE, Step("routing", {"team": "another"}), Step("callbacks")):
        answer = await ticket.attempt(step)
        assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "BEHIND", "1")
    ticket.position = {}
    await impatient.settled()
    versions = (await ticket.shown())["versions"]
    assert (versions["intake"], versions["routing"]) == (3, 1)


@pytest.mark.parametrize("found", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_position_that_is_none_is_refused(shared_centre: Centre, found: str) -> None:
    ticket = await received(shared_centre)
    ticket.position = {"as given": found}
    for answer in (await ticket.read(), await ticket.attempt(CLAIM), await ticket.attempt(Step("/v1/consultations"))):
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_POSITION")
        assert answer.json()["errors"][0]["pointer"] == "Zixun-Position"


async def test_the_etag_of_a_ticket_is_made_of_the_parts_that_its_writes_answered(shared_centre: Centre) -> None:
    ticket = await received(shared_centre)
    record = f"/v1/consultations/{ticket.ticket_id}/classification"
    parts = [
        (await ticket.attempt(step)).headers["ETag"] for step in (Step(record, TECHNICAL), CLAIM, Step("callbacks"))
    ]
    assert parts == ['"intake.3"', '"routing.2"', '"feedback.1"']
    shown = (await ticket.read()).headers["ETag"].strip('"').split("-")
    assert [part for part in shown if not part.startswith("sla.")] == ["feedback.1", "intake.3", "routing.2"]


async def test_a_ticket_is_not_sent_again_to_whoever_has_it(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(CLAIM)
    await shared_centre.settled()  # what SLA says of the ticket's clocks is a part of it, too
    etag = (await ticket.read()).headers["ETag"]
    path = f"/v1/tickets/{ticket.ticket_id}"
    for known in (etag, f"W/{etag}", f'"intake.1", {etag}', "*"):
        answer = await shared_centre.get(path, If_None_Match=known)
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", etag)
    for other in ('"intake.1"', etag.strip('"'), ""):
        assert (await shared_centre.get(path, If_None_Match=other)).status_code == 200
    await ticket.walk(NOTICE)
    changed = await shared_centre.get(path, If_None_Match=etag, Zixun_Position=ticket.position["routing"])
    assert changed.status_code == 200
    assert changed.headers["ETag"].startswith('"intake.3-routing.3')


async def test_to_replace_a_fact_one_says_which_state_one_has_seen(shared_centre: Centre) -> None:
    ticket = await received(shared_centre)
    step = Step(f"/v1/consultations/{ticket.ticket_id}/corrections", {"reason": "Misheard.", "product": "X300"})
    for unsaid in ({}, {"If-Match": "*"}, {"If-Match": '"routing.1"'}):
        answer = await ticket.attempt(step, **unsaid)
        assert (answer.status_code, answer.json()["code"]) == (428, "IF_MATCH_REQUIRED")
    for outdated in ('"intake.1"', '"intake.9"', '"intake.1-routing.1"'):
        answer = await ticket.attempt(step, If_Match=outdated)
        assert (answer.status_code, answer.json()["code"]) == (412, "OUTDATED")
        assert (answer.headers["ETag"], answer.json()["present"]["product"]) == ('"intake.2"', None)
    assert (await ticket.attempt(step, If_Match='"intake.2-routing.7"')).status_code == 200


async def test_each_service_judges_its_own_part_of_an_etag(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    assert (await ticket.attempt(NOTICE, If_Match='"intake.99"')).status_code == 200
    assert (await ticket.attempt(NOTICE, If_Match='"intake.3-routing.2"')).status_code == 200
    outdated = await ticket.attempt(NOTICE, If_Match='"intake.3-routing.2"')
    assert (outdated.status_code, outdated.json()["present"]["version"]) == (412, 3)


@pytest.mark.parametrize("found", ["", "intake.2", '"intake"', '"intake.x"', '"intake.2', '"intake.2", "intake.3"'])
async def test_an_etag_that_is_none_is_refused(shared_centre: Centre, found: str) -> None:
    answer = await shared_centre.post("/v1/consultations", ASKED, If_Match=found)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_IF_MATCH")


async def test_what_nobody_can_have_seen_of_a_new_consultation_is_refused(shared_centre: Centre) -> None:
    answer = await shared_centre.post("/v1/consultations", ASKED, If_Match='"intake.1"')
    assert (answer.status_code, answer.json()["code"]) == (412, "OUTDATED")
    unknown = "/v1/consultations/0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50/withdrawal"
    answer = await shared_centre.post(unknown, If_Match='"intake.1"')
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_TICKET")


async def _receive_classify_claim(centre: Centre) -> httpx2.Response:
    ticket = await received(centre)
    classified = Step(f"/v1/consultations/{ticket.ticket_id}/classification", TECHNICAL)
    return await (await ticket.walk(classified)).attempt(CLAIM)
