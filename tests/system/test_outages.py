"""When something fails on our side, the caller is told what to do, the log says where, and neither tells too much."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import httpx2
import pytest

from shared_events.http import Role
from tests.system.journey import ASKED
from tests.system.serving import Centre

SECRET = "quetzalcoatl"


async def test_a_bug_is_a_problem_with_the_id_under_which_it_is_logged(
    centre: Centre, capfd: pytest.CaptureFixture[str]
) -> None:
    centre.app.state.clock = None
    transport = httpx2.ASGITransport(app=centre.app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
        asked = ASKED | {"content": f"I am {SECRET}."}
        answer = await http.post("/v1/consultations", json=asked, headers=centre.people[Role.AGENT].header)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (500, "INTERNAL_ERROR")
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["instance"] == answer.headers["X-Request-ID"]
    logged = "".join(capfd.readouterr())
    assert "AttributeError" in logged
    assert "shared_events/http/writing.py" in logged
    assert logged.count(problem["instance"]) == 2, "the bug, and the request"
    assert SECRET not in logged


async def test_while_the_database_is_away_nothing_is_accepted_and_afterwards_all_is_well(
    centre: Centre, database: str
) -> None:
    received = await centre.post("/v1/consultations", ASKED)
    path = f"/v1/tickets/{received.json()['ticket_id']}"
    position = received.headers["Zixun-Position"]
    async with _away(database):
        for answer in (
            await centre.post("/v1/consultations", ASKED, Idempotency_Key="during"),
            await centre.get("/v1/queues"),
            await centre.http.get("/readyz"),
            await centre.http.get("/v1/queues", headers={"Authorization": "Bearer zx_0123456789ab_never-seen"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
            assert answer.headers["Retry-After"] == "1"
        assert (await centre.http.get("/livez")).status_code == 204
    again = await centre.post("/v1/consultations", ASKED, Idempotency_Key="during")
    assert again.status_code == 201
    assert (await centre.get(path, Zixun_Position=position)).status_code == 200
    await centre.settled()
    assert len((await centre.get("/v1/tickets")).json()["items"]) == 2


@asynccontextmanager
async def _away(database: str) -> AsyncIterator[None]:
    """Nobody can connect, and whoever was connected is so no more."""
    name = urlsplit(database).path.removeprefix("/")
    connection = await asyncpg.connect(database.replace(f"/{name}", "/postgres"))
    try:
        await connection.execute(f"alter database {name} allow_connections false")
        await connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
        yield
    finally:
        await connection.execute(f"alter database {name} allow_connections true")
        await connection.close()
