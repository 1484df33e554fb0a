"""Lists of tickets, and one ticket as it is now, over HTTP."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ledger_svc.api.bodies import TicketDetailOut
from shared_events.contracts.base import Tier
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.intake import Contact
from shared_events.contracts.routing import AnswerProposed, TicketEscalated
from shared_events.contracts.sla import CalendarPublished
from shared_events.http import Role
from tests.ledger_svc.clocks import BREACHED, MET_LATE, STARTED, minute
from tests.ledger_svc.history import (
    ASSIGNED,
    CLASSIFIED,
    NOON,
    RECEIVED,
    ROUTED,
    TICKET,
    History,
    after,
)
from tests.ledger_svc.serving import Ledger

SPOKEN = RECEIVED.model_copy(
    update={"contact": Contact(name="陈伟", phone="+86 10 5555 0100"), "content": "It is broken."}
)
IN_WORK = (SPOKEN, CLASSIFIED, ROUTED, ASSIGNED)
PROPOSED = AnswerProposed(**after(4), answer=1, tier=Tier.CSE, text="Turn it off and on.")
PERSONAL = ("陈伟", "+86 10 5555 0100", "It is broken.", "Turn it off and on.")
PATH = f"/v1/tickets/{TICKET}"

NARROWED = {
    "status=received": [1],
    "status=in_work": [2],
    "status=queued": [3],
    "tier=CSE": [2],
    "tier=PSE": [3],
    "team=pse-a": [3],
    "agent_id=agent-7": [2],
    "customer_id=customer-1": [3, 2, 1],
    "customer_id=somebody": [],
    "category=technical_support": [3, 2],
    "urgency=high": [3, 2],
    "urgency=low": [],
    "tier=PSE&status=queued&team=pse-a": [3],
    "tier=PSE&status=in_work": [],
}
"""From a filter to the tickets that it leaves."""

IMPOSSIBLE = {
    "limit=0": "limit",
    "limit=101": "limit",
    "limit=x": "limit",
    "status=lost": "status",
    "tier=L1": "tier",
    "stauts=queued": "stauts",
    "order=oldest": "order",
    "team=%00": "team",
    "agent_id=": "agent_id",
}
"""From a filter to what its problem names."""


def ticket(number: int) -> str:
    return f"0199e4a2-7c1b-7d3e-9f00-{number:012d}"


def received(number: int) -> Any:
    """A reception some minutes after noon, with the number that goes with it."""
    return RECEIVED.model_copy(update={"at": NOON + timedelta(minutes=number), "number": f"1000-{number:04}-0"})


def ids(page: dict[str, Any]) -> list[str]:
    return [item["ticket_id"] for item in page["items"]]


async def test_a_ticket_is_found_by_its_id_and_says_where_it_is(ledger: Ledger) -> None:
    await ledger.given(*IN_WORK, PROPOSED)
    answer = await ledger.get(PATH)
    told = answer.json()
    assert answer.status_code == 200
    assert (told["status"], told["tier"], told["team"], told["agent_id"]) == ("in_work", "CSE", "cse", "agent-7")
    assert (told["number"], told["versions"]) == ("1002-0034-7", {"intake": 2, "routing": 3})
    assert (told["received_at"], told["behind"]) == ("2026-03-02T12:00:00Z", False)
    assert told["tiers_touched"] == ["CSE"]


async def test_a_ticket_is_told_as_it_is_described(ledger: Ledger) -> None:
    await ledger.given(*IN_WORK, PROPOSED)
    told = (await ledger.get(PATH)).text
    assert TicketDetailOut.model_validate_json(told).model_dump_json() == told


async def test_a_ticket_shows_its_clocks_and_what_is_due_next_comes_first(ledger: Ledger) -> None:
    other = {"clock_id": "total_resolution/event-1", "metric": "total_resolution", "deadline": minute(240)}
    await ledger.given(*IN_WORK, STARTED, STARTED.model_copy(update=other), BREACHED, MET_LATE)
    answer = await ledger.get(PATH)
    running, met = answer.json()["clocks"]
    assert (running["metric"], running["state"]) == ("total_resolution", "running")
    assert (running["deadline"], running["breached"]) == ("2026-03-02T16:00:00Z", False)
    assert (met["metric"], met["state"], met["in_time"], met["breached"]) == ("first_response", "met", False, True)
    assert (met["started_at"], met["ended_at"]) == ("2026-03-02T12:00:00Z", "2026-03-02T13:10:00Z")
    assert answer.headers["ETag"] == '"intake.2-routing.2-sla.4"'
    assert TicketDetailOut.model_validate_json(answer.text).model_dump_json() == answer.text


async def test_what_is_published_in_the_rulebook_is_no_ticket(ledger: Ledger) -> None:
    always = CalendarPublished(at=NOON, by="admin", name="always", version="1", document="{}", zone_data="2026a")
    await ledger.given(always, ticket="rulebook")
    answer = await ledger.get("/v1/tickets")
    assert (answer.status_code, answer.json()["items"]) == (200, [])


async def test_a_ticket_without_clocks_says_that_there_are_none(ledger: Ledger) -> None:
    await ledger.given(*IN_WORK)
    assert (await ledger.get(PATH)).json()["clocks"] == []


async def test_a_ticket_is_found_by_its_number_as_people_write_it(ledger: Ledger) -> None:
    await ledger.given(RECEIVED)
    for number in ("1002-0034-7", "100200347", "1002 0034 7", "10-0200 347"):
        assert (await ledger.get(f"/v1/tickets/{number}")).json()["ticket_id"] == TICKET


async def test_those_who_serve_the_customer_read_the_personal_texts(ledger: Ledger) -> None:
    await ledger.given(*IN_WORK, PROPOSED)
    for role in (Role.AGENT, Role.LEAD, Role.ADMIN):
        told = (await ledger.get(PATH, role)).json()
        assert told["contact"] == {"name": "陈伟", "phone": "+86 10 5555 0100", "email": None, "address": None}
        assert told["content"] == "It is broken."
        assert told["answers"][0]["text"] == "Turn it off and on."


async def test_those_who_count_see_that_there_is_a_text_and_not_what_it_says(ledger: Ledger) -> None:
    await ledger.given(*IN_WORK, PROPOSED)
    for role in (Role.OPS, Role.ANALYST):
        answer = await ledger.get(PATH, role)
        assert not any(text in answer.text for text in PERSONAL)
        assert "zx1:" not in answer.text
        assert answer.json()["contact"] == {"name": "[masked]", "phone": "[masked]", "email": None, "address": None}


async def test_a_forgotten_person_s_texts_read_as_erased(ledger: Ledger) -> None:
    await ledger.given(*IN_WORK)
    await ledger.zixun.pool.execute("update keys.person_key set wrapped = null")
    told = (await ledger.get(PATH)).json()
    assert (told["content"], told["contact"]["name"], told["status"]) == ("[erased]", "[erased]", "in_work")


async def test_the_etag_is_the_vector_of_the_streams_versions(ledger: Ledger) -> None:
    await ledger.given(*IN_WORK)
    first = await ledger.get(PATH)
    assert first.headers["ETag"] == '"intake.2-routing.2"'
    again = await ledger.get(PATH, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    await ledger.given(PROPOSED)
    moved_on = await ledger.get(PATH, If_None_Match=first.headers["ETag"])
    assert (moved_on.status_code, moved_on.headers["ETag"]) == (200, '"intake.2-routing.3"')


async def test_an_unknown_ticket_is_a_problem_that_names_it(ledger: Ledger) -> None:
    for reference in (ticket(404), "9999-9999-9"):
        answer = await ledger.get(f"/v1/tickets/{reference}")
        assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_TICKET")
        assert reference in answer.json()["title"]


async def test_what_is_neither_an_id_nor_a_number_is_refused(ledger: Ledger) -> None:
    for reference in ("1", "not-a-ticket", TICKET.upper(), "1" * 30, "%00", "１００２００３４７"):
        answer = await ledger.get(f"/v1/tickets/{reference}")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "ticket_id")


async def test_a_ticket_whose_event_could_not_be_taken_in_says_that_it_is_behind(ledger: Ledger) -> None:
    await ledger.given(*IN_WORK)
    await give_a_broken_event(ledger)
    answer = await ledger.get(PATH)
    assert (answer.status_code, answer.headers["Zixun-Behind"], answer.json()["behind"]) == (200, "true", True)
    assert (await ledger.get(PATH, If_None_Match=answer.headers["ETag"])).status_code == 200
    assert [item["behind"] for item in (await ledger.get("/v1/tickets")).json()["items"]] == [True]


async def test_a_ticket_whose_first_event_could_not_be_taken_in_is_not_unknown(ledger: Ledger) -> None:
    await give_a_broken_event(ledger)
    answer = await ledger.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (503, "BEHIND")


async def test_a_list_is_newest_first_and_has_nothing_personal(ledger: Ledger) -> None:
    for number in (2, 3, 1):
        await ledger.given(received(number), ticket=ticket(number))
    answer = await ledger.get("/v1/tickets")
    assert ids(answer.json()) == [ticket(3), ticket(2), ticket(1)]
    assert "zx1:" not in answer.text


async def test_pages_lead_through_the_whole_list_once(ledger: Ledger) -> None:
    for number in range(7):
        await ledger.given(received(number // 2), ticket=ticket(number))  # pairs were received at the same moment
    seen: list[str] = []
    path = "/v1/tickets?limit=3"
    while path:
        answer = await ledger.get(path)
        seen += ids(answer.json())
        link = answer.headers.get("Link", "")
        path = link.removeprefix("<").removesuffix('>; rel="next"')
        cursor = answer.json()["next_cursor"]
        assert (cursor is None) == (link == "")
        assert cursor is None or cursor in link
    assert seen == [ticket(number) for number in reversed(range(7))]


async def test_filters_narrow_a_list_down(ledger: Ledger) -> None:
    up = TicketEscalated(**after(5), from_tier=Tier.CSE, from_team="cse", tier=Tier.PSE, team="pse-a")
    await ledger.given(received(1), ticket=ticket(1))
    await ledger.given(received(2), CLASSIFIED, ROUTED, ASSIGNED, ticket=ticket(2))
    await ledger.given(received(3), CLASSIFIED, ROUTED, ASSIGNED, up, ticket=ticket(3))
    found = {query: ids((await ledger.get(f"/v1/tickets?{query}")).json()) for query in NARROWED}
    assert found == {query: [ticket(number) for number in numbers] for query, numbers in NARROWED.items()}


async def test_pages_lead_through_what_is_due_in_the_order_in_which_it_is_due(ledger: Ledger) -> None:
    for number, due in {1: 90, 2: 30, 3: 60, 4: 30}.items():
        started = STARTED.model_copy(update={"deadline": minute(due)})
        await ledger.given(received(number), started, ticket=ticket(number))
    await ledger.given(received(5), ticket=ticket(5))
    first = (await ledger.get("/v1/tickets?order=due&limit=2")).json()
    second = (await ledger.get(f"/v1/tickets?order=due&limit=2&cursor={first['next_cursor']}")).json()
    assert (ids(first), ids(second), second["next_cursor"]) == ([ticket(2), ticket(4)], [ticket(3), ticket(1)], None)
    assert first["items"][0]["next_due_at"] == "2026-03-02T12:30:00Z"
    narrowed = (await ledger.get("/v1/tickets?order=due&status=queued")).json()
    assert ids(narrowed) == []
    other = await ledger.get(f"/v1/tickets?limit=2&cursor={first['next_cursor']}")
    assert (other.status_code, other.json()["code"]) == (400, "INVALID_CURSOR")


async def test_a_cursor_is_bound_to_its_filters(ledger: Ledger) -> None:
    for number in range(3):
        await ledger.given(received(number), ticket=ticket(number))
    cursor = (await ledger.get("/v1/tickets?limit=1")).json()["next_cursor"]
    answer = await ledger.get(f"/v1/tickets?limit=1&status=received&cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_CURSOR")
    assert (await ledger.get(f"/v1/tickets?limit=2&cursor={cursor}")).status_code == 200


async def test_a_filter_that_cannot_be_is_refused_by_name(ledger: Ledger) -> None:
    answers = {query: await ledger.get(f"/v1/tickets?{query}") for query in IMPOSSIBLE}
    assert {answer.status_code for answer in answers.values()} == {422}
    assert {query: answer.json()["errors"][0]["pointer"] for query, answer in answers.items()} == IMPOSSIBLE


async def test_a_cursor_that_was_not_made_here_is_refused(ledger: Ledger) -> None:
    for cursor in ("x", "%00", "é", "A" * 600, ""):
        answer = await ledger.get(f"/v1/tickets?cursor={cursor}")
        assert answer.status_code in {400, 422}
        assert answer.json()["errors"][0]["pointer"] == "cursor"


async def test_nobody_reads_without_a_credential(ledger: Ledger) -> None:
    for path in ("/v1/tickets", PATH, f"{PATH}/timeline", "/v1/queues", "/v1/agents/a/desk", "/v1/figures"):
        answer = await ledger.http.get(path, headers={"Zixun-Position": "intake:0:999"})
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORISED")


async def test_a_read_catches_up_with_the_position_that_its_caller_has_seen(ledger: Ledger) -> None:
    (recorded,) = History(body=ledger.seal).of(RECEIVED)
    position = f"intake:{recorded.stored.partition}:1"
    behind = await ledger.get(PATH, Zixun_Position=position)
    assert (behind.status_code, behind.json()["code"], behind.headers["Retry-After"]) == (503, "BEHIND", "1")
    await ledger.given(RECEIVED)
    assert (await ledger.get(PATH, Zixun_Position=position)).status_code == 200


async def give_a_broken_event(ledger: Ledger) -> None:
    """An event of routing whose body no release can decode."""
    history = next(iter(ledger.histories.values()), History(body=ledger.seal))
    (recorded,) = history.of(PROPOSED)
    await ledger.publish([Recorded(recorded.event, replace(recorded.stored, body=b"{}"), recorded.offset)])
    await ledger.take_in()
