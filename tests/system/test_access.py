"""Nobody gets in without a credential, and everybody gets as far as their role goes (P10)."""

from collections.abc import Mapping
from typing import Final

import httpx2
import pytest

from shared_events.http import Role
from tests.system.declared import Operation, operations
from tests.system.journey import routed
from tests.system.serving import Centre

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRITERS: Final = {Role.AGENT, Role.LEAD, Role.ADMIN}
READERS: Final = set(Role)
DESKS: Final = {Role.AGENT, Role.LEAD, Role.ADMIN}
LEADERS: Final = {Role.LEAD, Role.ADMIN}
OPERATORS: Final = {Role.OPS, Role.ADMIN}
COUNTERS: Final = {Role.LEAD, Role.OPS, Role.ANALYST, Role.ADMIN}

MATRIX: Final[Mapping[str, set[Role]]] = {
    "receive_consultation": WRITERS,
    "add_customer_message": WRITERS,
    "classify_consultation": WRITERS,
    "correct_consultation": WRITERS,
    "withdraw_consultation": WRITERS,
    "route_ticket": WRITERS,
    "assign_ticket": WRITERS,
    "release_ticket": WRITERS,
    "record_problem": WRITERS,
    "record_search": WRITERS,
    "record_analysis": WRITERS,
    "propose_answer": WRITERS,
    "submit_answer": WRITERS,
    "record_verdict": WRITERS,
    "report_no_answer": WRITERS,
    "escalate_ticket": WRITERS,
    "hand_back_ticket": WRITERS,
    "transfer_ticket": WRITERS,
    "open_technical_case": WRITERS,
    "answer_technical_case": WRITERS,
    "inform_customer": WRITERS,
    "pause_ticket": WRITERS,
    "resume_ticket": WRITERS,
    "resolve_ticket": WRITERS,
    "reopen_ticket": WRITERS,
    "close_ticket": WRITERS,
    "schedule_callback": WRITERS,
    "record_callback_attempt": WRITERS,
    "record_callback_outcome": WRITERS,
    "list_calendars": READERS,
    "list_policies": READERS,
    "publish_calendar": LEADERS,
    "publish_policy": LEADERS,
    "try_policy": LEADERS,
    "read_clocks": READERS,
    "migrate_clocks": LEADERS,
    "list_due_clocks": DESKS | {Role.OPS},
    "read_clock_figures": COUNTERS,
    "find_tickets": READERS,
    "read_ticket": READERS,
    "read_timeline": READERS,
    "read_queues": READERS,
    "read_desk": DESKS,
    "read_figures": COUNTERS,
    "read_metrics": OPERATORS,
}
"""Who may do what. Everything that is not here is refused to everybody, or open."""

OPEN_OPERATIONS: Final = {"live", "ready"}
OPEN_PAGES: Final = {
    "/livez": 204,
    "/readyz": 204,
    "/openapi.json": 200,
    "/docs": 200,
    "/": 307,
    "/swagger/swagger-ui.css": 200,
    "/swagger/swagger-ui-bundle.js": 200,
    "/swagger/favicon-32x32.png": 200,
}
CLOSED_PAGES: Final = (
    "/v1",
    "/v1/",
    "/v2/tickets",
    "/metrics",
    "/docs/",
    "/livez/",
    "/redoc",
    "/swagger",
    "//v1/queues",
)


async def test_the_matrix_has_every_operation(shared_centre: Centre) -> None:
    assert {each.name for each in operations(shared_centre.app.openapi())} == set(MATRIX) | OPEN_OPERATIONS


@pytest.mark.parametrize("role", Role)
async def test_each_role_may_do_what_the_matrix_says(shared_centre: Centre, role: Role) -> None:
    """A body that says nothing is refused for its form only where the role would have been let in."""
    ticket = await routed(shared_centre)
    for operation in _guarded(shared_centre):
        answer = await _ask(shared_centre, operation, ticket.ticket_id, shared_centre.people[role].header)
        if role in MATRIX[operation.name]:
            assert answer.status_code not in {401, 403}, f"{operation.name} for {role}: {answer.text}"
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN"), f"{operation.name} for {role}"
            assert role in answer.json()["title"]


async def test_without_a_credential_that_is_known_nothing_can_be_asked(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    for name, headers in (await _credentials(shared_centre)).items():
        for operation in _guarded(shared_centre):
            answer = await _ask(shared_centre, operation, ticket.ticket_id, headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORISED"), f"{operation.name}: {name}"
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    await shared_centre.settled()
    versions = (await ticket.shown())["versions"]
    assert (versions["intake"], versions["routing"]) == (3, 1)


@pytest.mark.parametrize("body", [b"{", b"x" * 2_000_000, b"[" * 100_000])
async def test_nothing_is_said_of_a_body_before_it_is_known_who_sends_it(shared_centre: Centre, body: bytes) -> None:
    answer = await shared_centre.http.post("/v1/consultations", content=body)
    assert answer.status_code == 401


# The page's assets come from a package that still opens them as Python 3.10 did.
@pytest.mark.filterwarnings("ignore:open_binary is deprecated:DeprecationWarning")
async def test_only_the_probes_and_the_page_of_the_api_are_open(shared_centre: Centre) -> None:
    opened = {path: (await shared_centre.http.get(path)).status_code for path in OPEN_PAGES}
    assert opened == OPEN_PAGES
    closed = {path: (await shared_centre.http.get(path)).status_code for path in CLOSED_PAGES}
    assert closed == dict.fromkeys(CLOSED_PAGES, 401)


async def test_a_revoked_token_is_refused_at_once(shared_centre: Centre) -> None:
    person = await shared_centre.hire(Role.ADMIN)
    assert (await shared_centre.http.get("/v1/queues", headers=person.header)).status_code == 200
    await shared_centre.zixun.tokens.revoke(person.token.split("_")[1])
    assert (await shared_centre.http.get("/v1/queues", headers=person.header)).status_code == 401


async def test_no_token_is_kept_that_would_let_somebody_in(shared_centre: Centre) -> None:
    kept = str(await shared_centre.zixun.pool.fetch("select t::text from access.token t"))
    for person in shared_centre.people.values():
        assert person.token.split("_", 2)[2] not in kept


async def _credentials(centre: Centre) -> dict[str, dict[str, str]]:
    token = centre.people[Role.ADMIN].token
    revoked = await centre.hire(Role.ADMIN)
    await centre.zixun.tokens.revoke(revoked.token.split("_")[1])
    said = {
        "empty": "",
        "no token": "Bearer",
        "blank": "Bearer  ",
        "another scheme": f"Basic {token}",
        "no scheme": token,
        "malformed": "Bearer admin",
        "unknown": "Bearer zx_0123456789ab_secret",
        "another's secret": f"Bearer {token[:15]}_{centre.people[Role.AGENT].token.split('_', 2)[2]}",
        "a bit too short": f"Bearer {token[:-1]}",
        "a bit too long": f"Bearer {token}x",
        "not ASCII": "Bearer zx_é_é",
        "revoked": f"Bearer {revoked.token}",
    }
    sent = {name: {"Authorization": value} for name, value in said.items()}
    return {"none": {}} | sent


def _guarded(centre: Centre) -> list[Operation]:
    return [each for each in operations(centre.app.openapi()) if each.name not in OPEN_OPERATIONS]


async def _ask(centre: Centre, operation: Operation, ticket_id: str, headers: dict[str, str]) -> httpx2.Response:
    ids = {
        "ticket_id": ticket_id,
        "callback_id": f"{ticket_id}.1",
        "n": "1",
        "agent_id": "somebody",
        "name": "CS-TA06-24",
        "version": "1",
    }
    body = {"nothing": "known"} if operation.is_write else None
    encoded = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    return await centre.http.request(operation.method, operation.path.format(**ids), headers=encoded, json=body)
