"""Policies and calendars over HTTP: which of them is in force, and going back to an earlier one."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
import pytest_asyncio

from shared_events.http import Role
from tests.system.declared import Declared
from tests.system.serving import Centre, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCUMENT: Final = """
name: {name}
rows:
  - name: everything
    metrics:
      first_response: {{target: {hours}h, calendar: always}}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(module_database: str) -> AsyncIterator[Centre]:
    """One for all tests; what one publishes stays, so each has names of its own."""
    async with serving(module_database) as running:
        running.http.event_hooks = {"response": [Declared(running.app.openapi()).check]}
        yield running


async def publish(centre: Centre, name: str, hours: int, key: str | None = None, **rest: Any) -> dict[str, Any]:
    headers = {"Idempotency_Key": key} if key else {}
    body = {"document": DOCUMENT.format(name=name, hours=hours), **rest}
    answer = await centre.post("/v1/policies", body, Role.LEAD, **headers)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_who_goes_back_to_an_earlier_policy_gets_a_version_of_it_that_applies_and_only_one(
    centre: Centre,
) -> None:
    strict, loose = await publish(centre, "strict", 1), await publish(centre, "loose", 50)
    assert await publish(centre, "loose", 50) == loose

    back = await publish(centre, "strict", 1, key="back")

    assert (back["name"], back["version"], back["document"]) == ("strict", "2", strict["document"])
    assert back["effective_from"] > loose["effective_from"]
    assert await publish(centre, "strict", 1, key="back") == back
    assert await publish(centre, "strict", 1) == back
    assert (await publish(centre, "loose", 50))["version"] == "2"
    assert await publish(centre, "strict", 1, key="back") == back


async def test_an_answer_names_the_version_that_will_apply_at_the_moment_that_was_asked_for(centre: Centre) -> None:
    later = (centre.zixun.clock.now() + timedelta(days=300)).isoformat()
    planned = await publish(centre, "planned", 1, effective_from=later)
    at_once = await publish(centre, "planned", 1)
    assert [planned["version"], at_once["version"]] == ["1", "2"]
    assert await publish(centre, "planned", 1, effective_from=later) == planned
    assert datetime.fromisoformat(planned["effective_from"]) == datetime.fromisoformat(later)


@pytest.mark.parametrize("path", ["/v1/policies", "/v1/calendars", "/v1/policies/what-if"])
@pytest.mark.parametrize("document", ["", "#" * 150_001])
async def test_a_document_of_no_length_that_can_be_read_is_refused_with_the_lengths_that_can(
    centre: Centre, path: str, document: str
) -> None:
    body = {"document": document} | ({"name": "c"} if path == "/v1/calendars" else {})
    answer = await centre.post(path, body, Role.LEAD)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"]) == (422, "/document")
    assert error["expected"] == "a text of 1 to 150000 characters is expected"
    assert len(error["found"]) < 150


async def test_names_that_would_change_what_is_read_in_a_terminal_are_refused(centre: Centre) -> None:
    named = {"document": DOCUMENT.format(name="\u202eevil", hours=1)}
    (error,) = (await centre.post("/v1/policies", named, Role.LEAD)).json()["errors"]
    assert (error["line"], error["expected"]) == (
        2,
        "name: expected a name of printable characters; found '\\u202eevil'",
    )
    calendar = {"name": "\u202eevil", "document": "ship: china"}
    (error,) = (await centre.post("/v1/calendars", calendar, Role.LEAD)).json()["errors"]
    assert (error["pointer"], error["expected"][:22]) == ("/name", "a name of letters (A t")


async def test_the_list_says_which_policy_is_in_force_and_which_ones_follow(centre: Centre) -> None:
    later = (centre.zixun.clock.now() + timedelta(days=30)).isoformat()
    for name in ("hidden", "next"):
        await publish(centre, name, 1, effective_from=later)
    items = (await centre.get("/v1/policies")).json()["items"]
    said = {item["name"]: (item["in_force"], item["in_force_until"]) for item in items}
    (first, *_) = items
    assert (first["in_force"], first["in_force_until"]) == ("now", items[1]["effective_from"])
    assert said["hidden"] == ("never", None)
    assert said["next"][0] == "future"


async def test_moving_clocks_to_a_version_whose_effect_is_to_come_is_not_done_without_a_word(centre: Centre) -> None:
    later = (centre.zixun.clock.now() + timedelta(days=90)).replace(microsecond=0)
    made = await publish(centre, "remote", 1, effective_from=later.isoformat())
    path = f"/v1/policies/remote/{made['version']}/migration"
    previewed = (await centre.post(path, {}, Role.LEAD)).json()
    assert datetime.fromisoformat(previewed["effective_only_from"]) == later
    moved = (await centre.post("/v1/policies/CS-TA06-24/1/migration", {}, Role.LEAD)).json()
    assert moved["effective_only_from"] is None


async def test_who_has_seen_an_older_rulebook_is_told_so_also_of_a_policy_with_a_new_name(centre: Centre) -> None:
    first = await centre.post("/v1/policies", {"document": DOCUMENT.format(name="a", hours=1)}, Role.LEAD)
    await publish(centre, "b", 2)
    for path, body in (
        ("/v1/policies", {"document": DOCUMENT.format(name="c", hours=3)}),
        ("/v1/calendars", {"document": "ship: china", "name": "c"}),
    ):
        outdated = await centre.post(path, body, Role.LEAD, If_Match=first.headers["ETag"])
        assert (outdated.status_code, outdated.json()["code"]) == (412, "OUTDATED")
        assert outdated.json()["present"] is None
