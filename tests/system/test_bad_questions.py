"""A question that makes no sense is answered by a problem that says what is wrong with it."""

from typing import Any, Final

import httpx2
import pytest

from shared_events.http import Role
from tests.system.declared import METHODS, operations
from tests.system.journey import NOTICE, received, routed
from tests.system.serving import Centre

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNKNOWN: Final = "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"
IMPOSSIBLE: Final[dict[str, str]] = {
    "/v1/tickets?limit=0": "limit",
    "/v1/tickets?limit=-1": "limit",
    "/v1/tickets?limit=101": "limit",
    "/v1/tickets?limit=1e2": "limit",
    "/v1/tickets?limit=": "limit",
    f"/v1/tickets?limit={'9' * 4000}": "limit",
    "/v1/tickets?status=gone": "status",
    "/v1/tickets?tier=cse": "tier",
    "/v1/tickets?team=": "team",
    "/v1/tickets?team=%00": "team",
    "/v1/tickets?team=%20": "team",
    f"/v1/tickets?team={'x' * 201}": "team",
    "/v1/tickets?agent_id=%00": "agent_id",
    "/v1/tickets?customer_id=a%00b": "customer_id",
    "/v1/tickets?category=gossip": "category",
    "/v1/tickets?urgency=5": "urgency",
    "/v1/tickets?colour=blue": "colour",
    f"/v1/tickets?cursor={'x' * 501}": "cursor",
    "/v1/tickets/1": "ticket_id",
    "/v1/tickets/%00": "ticket_id",
    f"/v1/tickets/{'1' * 33}": "ticket_id",
    f"/v1/tickets/{UNKNOWN.upper()}": "ticket_id",
    f"/v1/tickets/{UNKNOWN}%0A": "ticket_id",
    "/v1/tickets/one/timeline": "ticket_id",
    f"/v1/tickets/{UNKNOWN}/timeline?limit=0": "limit",
    f"/v1/tickets/{UNKNOWN}/timeline?colour=blue": "colour",
    "/v1/agents/%20/desk": "agent_id",
    "/v1/agents/%00/desk": "agent_id",
    f"/v1/agents/{'x' * 201}/desk": "agent_id",
    "/v1/figures?received_from=yesterday": "received_from",
    "/v1/figures?received_from=2026-03-01T08:00:00": "received_from",
    "/v1/figures?received_to=20260301": "received_to",
    "/v1/figures?received_to=0001-01-01T00:00:00Z": "received_to",
    "/v1/figures?origin=fax": "origin",
    "/v1/figures?colour=blue": "colour",
    "/v1/clock-figures?ended_from=2026-03-01T08:00:00Z&ended_to=2026-03-01T08:00:00Z": "ended_to",
    "/v1/clock-figures?ended_from=2026-03-01T08:00:00Z&ended_to=2026-03-01T08:00:00%2B01:00": "ended_to",
}


@pytest.mark.parametrize("path", IMPOSSIBLE)
async def test_what_cannot_be_asked_is_named(shared_centre: Centre, path: str) -> None:
    problem = _problem(await shared_centre.get(path, Role.LEAD), 422)
    assert [error["pointer"] for error in problem["errors"]] == [IMPOSSIBLE[path]]
    assert problem["errors"][0].keys() == {"pointer", "expected", "found"}


@pytest.mark.parametrize(
    "path", [f"/v1/tickets/{UNKNOWN}", f"/v1/tickets/{UNKNOWN}/timeline", "/v1/tickets/9999-9999-9"]
)
async def test_a_ticket_that_nobody_knows_is_not_found(shared_centre: Centre, path: str) -> None:
    assert _problem(await shared_centre.get(path), 404)["code"] == "UNKNOWN_TICKET"


async def test_a_cursor_is_good_for_the_list_that_gave_it_and_for_no_other(shared_centre: Centre) -> None:
    ticket, other = await routed(shared_centre), await routed(shared_centre)
    await shared_centre.settled()
    lists = (
        "/v1/tickets?limit=1&tier=CSE",
        "/v1/tickets?limit=1",
        f"/v1/tickets/{ticket.ticket_id}/timeline?limit=1",
        f"/v1/tickets/{other.ticket_id}/timeline?limit=1",
    )
    cursors = {path: (await shared_centre.get(path)).json()["next_cursor"] for path in lists}
    for path in lists:
        for made_for, cursor in cursors.items():
            answer = await shared_centre.get(f"{path}&cursor={cursor}")
            if path == made_for:
                assert answer.status_code == 200
            else:
                assert _problem(answer, 400)["code"] == "INVALID_CURSOR"


async def test_a_cursor_that_was_tampered_with_is_refused(shared_centre: Centre) -> None:
    await routed(shared_centre)
    await routed(shared_centre)
    await shared_centre.settled()
    cursor = (await shared_centre.get("/v1/tickets?limit=1")).json()["next_cursor"]
    tampered = (
        cursor[:-1],
        cursor[1:],
        f"A{cursor[1:]}",
        f"{cursor}AAAA",
        "",
        "x",
        "=",
        "%00",
        "%F0%9F%90%BC",
        "../..",
    )
    for other in tampered:
        problem = _problem(await shared_centre.get(f"/v1/tickets?limit=1&cursor={other}"), 400)
        assert (problem["code"], problem["errors"][0]["pointer"]) == ("INVALID_CURSOR", "cursor")


async def test_pages_show_every_ticket_once_while_new_ones_come_in(shared_centre: Centre) -> None:
    tickets = [await received(shared_centre, product="paged") for _ in range(7)]
    await shared_centre.settled()
    path: str | None = "/v1/tickets?limit=3"
    found: list[str] = []
    while path is not None:
        page = await shared_centre.get(path)
        found += [item["ticket_id"] for item in page.json()["items"]]
        await received(shared_centre)
        path = page.links["next"]["url"] if "next" in page.links else None
        assert (path is None) == (page.json()["next_cursor"] is None)
    assert len(found) == len(set(found))
    assert {ticket.ticket_id for ticket in tickets} <= set(found)


async def test_a_timeline_is_read_page_by_page(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(*[NOTICE] * 5)
    await shared_centre.settled()
    whole = (await ticket.read("/timeline")).json()["items"]
    spoken = (await ticket.shown())["number"].replace("-", " ")
    path: str | None = f"/v1/tickets/{spoken}/timeline?limit=2"
    items: list[Any] = []
    while path is not None:
        page = await shared_centre.get(path)
        items += page.json()["items"]
        assert " " not in page.links.get("next", {"url": ""})["url"]
        path = page.links["next"]["url"] if "next" in page.links else None
    assert items == whole
    assert len([item for item in items if item["service"] != "sla"]) == 9


async def test_a_method_that_a_path_does_not_take_is_refused_with_all_that_it_takes(shared_centre: Centre) -> None:
    ids = {"ticket_id": UNKNOWN, "callback_id": f"{UNKNOWN}.1", "n": "1", "agent_id": "somebody"}
    ids |= {"name": "CS-TA06-24", "version": "1"}
    every = operations(shared_centre.app.openapi())
    for path in {operation.path for operation in every}:
        taken = sorted(operation.method.upper() for operation in every if operation.path == path)
        for method in {each.upper() for each in METHODS} - set(taken):
            headers = shared_centre.people[Role.ADMIN].header
            answer = await shared_centre.http.request(method, path.format(**ids), headers=headers)
            problem = _problem(answer, 405)
            assert answer.headers["Allow"] == ", ".join(taken)
            assert problem["detail"] == f"{path.format(**ids)} takes {', '.join(taken)}, not {method}."


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/ticket", "/v1/tickets/", f"/v1/tickets/{UNKNOWN}/", "/V1/tickets", "/v1//tickets"]
)
async def test_a_path_that_leads_nowhere_is_not_found(shared_centre: Centre, path: str) -> None:
    for method in METHODS:
        answer = await shared_centre.http.request(method, path, headers=shared_centre.people[Role.ADMIN].header)
        assert _problem(answer, 404)["detail"] == f"Nothing is found at {path}."


@pytest.mark.parametrize("given", ["", "two words", "x" * 101, "ключ"])
async def test_a_request_id_that_is_none_is_not_taken_over(shared_centre: Centre, given: str) -> None:
    headers = {b"X-Request-ID": given.encode()} | _as_bytes(shared_centre.people[Role.AGENT].header)
    answer = await shared_centre.http.get("/v1/queues", headers=headers)
    assert answer.headers["X-Request-ID"] != given
    assert (await shared_centre.get("/v1/queues", X_Request_ID="call-7")).headers["X-Request-ID"] == "call-7"


def _as_bytes(headers: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in headers.items()}


def _problem(answer: httpx2.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, f"{answer.request.url}: {answer.status_code} {answer.text[:500]}"
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    return problem
