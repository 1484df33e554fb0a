"""`zixun sla publish`, `what-if` and `migrate` change and try the rules of a running centre through its API."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from shared_events.contracts import decode
from shared_events.contracts.sla import PolicyMigrated
from tests.services.cli.command_line import Done, command_line
from tests.system.journey import Journey, received
from tests.system.serving import MASTER_KEY, Centre, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

Rules = Callable[..., Awaitable[Done]]

STRICT = """
name: CS-TA06-24
rows:
  - name: everything
    metrics:
      reply_submission: {target: 1m, calendar: always}
      total_resolution: {target: 720h, calendar: always}
"""


NEVER_OPEN = "timezone: UTC\nweek: {}\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(module_database: str) -> AsyncIterator[Centre]:
    async with serving(module_database) as running:
        # Whoever has taken in an event has said already that it has begun, on the output that the verbs write to.
        await entered_late(running)
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rules(module_database: str) -> AsyncIterator[Rules]:
    """`zixun sla` on the centre's database."""
    settings = {"ZIXUN_DATABASE_URL": module_database, "ZIXUN_MASTER_KEY": base64.b64encode(MASTER_KEY).decode()}
    with command_line() as zixun:
        yield lambda *words: asyncio.to_thread(zixun, "sla", *words, COLUMNS="150", **settings)


def written(folder: Path, document: str, name: str = "document.yaml") -> str:
    """The path of a file with this text."""
    file = folder / name
    file.write_text(document, encoding="utf-8")
    return str(file)


async def entered_late(centre: Centre) -> Journey:
    """Contacted two minutes ago: more than the strict policy gives."""
    contacted_at = centre.zixun.clock.now() - timedelta(minutes=2)
    ticket = await received(centre, contacted_at=contacted_at.isoformat())
    await centre.settled()
    return ticket


async def policies(centre: Centre) -> dict[tuple[str, str], datetime | None]:
    """What is in force from when, as the API lists it."""
    items = (await centre.get("/v1/policies")).json()["items"]
    since = {(item["name"], item["version"]): item["effective_from"] for item in items}
    return {known: None if moment is None else datetime.fromisoformat(moment) for known, moment in since.items()}


async def migrations(centre: Centre, ticket: Journey) -> list[PolicyMigrated]:
    """The moves that were recorded of this ticket."""
    events = [decode(event) for event in (await centre.zixun.stores["sla"].load(ticket.ticket_id)).events]
    return [event for event in events if isinstance(event, PolicyMigrated)]


async def test_a_policy_is_published_from_the_moment_that_is_said(centre: Centre, rules: Rules, tmp_path: Path) -> None:
    since = (centre.zixun.clock.now() + timedelta(hours=1)).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    file = written(tmp_path, STRICT.replace("CS-TA06-24", "ours"))
    done = await rules("publish", file, "--effective-from", since)
    assert (done.status, done.out) == (0, f"ours 1 is published, effective from {since}.\n"), done.err
    assert (await policies(centre))["ours", "1"] == datetime.fromisoformat(since)


async def test_a_preview_says_what_would_be_published_and_publishes_nothing(
    centre: Centre, rules: Rules, tmp_path: Path
) -> None:
    before = await centre.zixun.stores["sla"].heads()
    file = written(tmp_path, STRICT.replace("CS-TA06-24", "previewed"))
    done = await rules("publish", file, "--preview")
    assert done.out.startswith("previewed 1 would be published, effective from "), done.err
    assert ("previewed", "1") not in await policies(centre)
    assert await centre.zixun.stores["sla"].heads() == before


async def test_a_calendar_is_published_under_the_name_that_is_said(
    centre: Centre, rules: Rules, tmp_path: Path
) -> None:
    file = written(tmp_path, "timezone: Europe/Berlin\nweek: {mon: ['08:00-16:00']}\n")
    done = await rules("publish", "--calendar", "berlin", file)
    calendars = (await centre.get("/v1/calendars")).json()["items"]
    (berlin,) = [each for each in calendars if each["name"] == "berlin"]
    assert (done.status, done.out) == (0, f"berlin {berlin['version']} is published.\n"), done.err


async def test_a_calendar_is_not_effective_from_a_moment(rules: Rules, tmp_path: Path) -> None:
    file = written(tmp_path, "timezone: Europe/Berlin\n")
    refused = await rules("publish", "--calendar", "berlin", file, "--effective-from", "2026-04-01T00:00:00Z")
    assert (refused.status, refused.out) == (2, "")
    assert "--effective-from" in refused.err


@pytest.mark.parametrize("verb", ["publish", "what-if"])
async def test_every_mistake_of_a_document_is_told_with_file_line_and_column(
    centre: Centre, rules: Rules, tmp_path: Path, verb: str
) -> None:
    file = written(tmp_path, STRICT.replace("target: 1m", "target: -1m").replace("720h, calendar: always", "9d"))
    before = await centre.zixun.stores["sla"].heads()
    refused = await rules(verb, file)
    assert (refused.status, refused.out) == (2, "")
    assert f"{file}:6:34: " in refused.err
    assert f"{file}:7:34: " in refused.err
    assert await centre.zixun.stores["sla"].heads() == before


@pytest.mark.parametrize("characters", [0, 150_001])
async def test_a_document_without_a_length_that_can_be_read_is_refused_with_its_length(
    rules: Rules, tmp_path: Path, characters: int
) -> None:
    file = written(tmp_path, "#" * characters)
    for words in (["publish", file], ["what-if", file], ["what-if", "--calendar", f"china={file}"]):
        refused = await rules(*words)
        assert (refused.status, refused.out) == (2, "")
        assert refused.err.endswith(f"{file}: expected a document of 1 to 150000 characters; found {characters}.\n")


async def test_a_policy_that_would_be_effective_too_soon_is_refused_with_the_earliest_moment(
    rules: Rules, tmp_path: Path
) -> None:
    file = written(tmp_path, STRICT.replace("1m", "3m"))
    refused = await rules("publish", file, "--effective-from", "2026-01-01T00:00:00Z")
    assert (refused.status, refused.out) == (2, "")
    found = r"--effective-from: expected \S+ or later; found 2026-01-01T00:00:00\.000000Z\n"
    assert re.search(found, refused.err), refused.err


async def test_a_draft_says_which_breaches_there_would_be_and_writes_nothing(
    centre: Centre, rules: Rules, tmp_path: Path
) -> None:
    ticket = await entered_late(centre)
    before = await centre.zixun.stores["sla"].heads()
    file = written(tmp_path, STRICT)
    compared = {each["metric"]: each for each in json.loads((await rules("what-if", file, "--json")).out)}
    gained = {each["ticket_id"] for each in compared["reply_submission"]["gained"]}
    assert ticket.ticket_id in gained
    assert compared["reply_submission"]["breaches_after"] >= len(gained) > 0
    assert compared["total_resolution"]["gained"] == []
    table = (await rules("what-if", file)).out
    assert "reply_submission" in table
    assert f"-> {compared['reply_submission']['breaches_after']}" in table
    assert await centre.zixun.stores["sla"].heads() == before


async def test_a_draft_of_a_calendar_says_which_breaches_other_hours_would_have_saved(
    centre: Centre, rules: Rules, tmp_path: Path
) -> None:
    ticket = await entered_late(centre)
    policy = written(tmp_path, STRICT, "policy.yaml")
    closed = f"always={written(tmp_path, NEVER_OPEN, 'closed.yaml')}"
    without = json.loads((await rules("what-if", policy, "--calendar", closed, "--json")).out)
    assert {each["metric"]: each["breaches_after"] for each in without}["reply_submission"] == 0
    own = written(tmp_path, STRICT.replace("1m, calendar: always", "1m, calendar: ours"), "own.yaml")
    ours = f"ours={written(tmp_path, 'ship: always', 'ours.yaml')}"
    with_own = json.loads((await rules("what-if", own, "--calendar", ours, "--json")).out)
    (replies,) = [each for each in with_own if each["metric"] == "reply_submission"]
    assert ticket.ticket_id in {each["ticket_id"] for each in replies["gained"]}
    alone = (await rules("what-if", "--calendar", closed)).out
    assert "first_response" in alone
    assert re.search(r"^(\d+) of \1 tickets were judged\.$", alone, re.MULTILINE)


async def test_every_mistake_of_a_draft_of_a_calendar_is_told_with_file_line_and_column(
    rules: Rules, tmp_path: Path
) -> None:
    policy = written(tmp_path, STRICT.replace("target: 1m", "target: -1m"), "policy.yaml")
    calendar = written(tmp_path, "timezone: Mars/Olympus\nweek: {}\n", "mars.yaml")
    refused = await rules("what-if", policy, "--calendar", f"always={calendar}")
    assert (refused.status, refused.out) == (2, "")
    assert f"{calendar}:1:11: timezone: " in refused.err
    assert f"{policy}:6:34: " in refused.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Expected POLICY.yaml, --calendar NAME=FILE.yaml, or both; found neither."),
        (["--calendar", "{file}"], "--calendar: expected NAME=FILE.yaml; found '{file}'."),
        (
            ["--calendar", "a={file}", "--calendar", "a=b.yaml"],
            "--calendar a: expected each calendar once; found {file} ",
        ),
        (["--calendar", "always={file}.no"], "{file}.no: expected a file that can be read; found: No such file"),
        (["--calendar", "mars={file}"], "--calendar mars: expected a calendar by which a rule goes, one of always"),
        (["--calendar", "a b={file}"], "--calendar a b: a name of letters (A to Z), digits and . _ : - is expected"),
        (["--calendar", "always={file}", "--from", "yesterday"], "--from: a moment with its offset from UTC is expec"),
    ],
)
async def test_a_question_that_cannot_be_asked_is_told_in_the_words_of_the_command(
    rules: Rules, tmp_path: Path, words: Sequence[str], message: str
) -> None:
    file = written(tmp_path, NEVER_OPEN)
    refused = await rules("what-if", *(word.format(file=file) for word in words))
    assert (refused.status, refused.out) == (2, "")
    assert message.format(file=file) in refused.err


async def test_history_is_cut_by_when_tickets_were_received(centre: Centre, rules: Rules, tmp_path: Path) -> None:
    await entered_late(centre)
    later = (centre.zixun.clock.now() + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    file = written(tmp_path, STRICT)
    assert json.loads((await rules("what-if", file, "--from", later, "--json")).out) == []
    assert json.loads((await rules("what-if", file, "--to", later, "--json")).out) != []


async def test_running_clocks_are_moved_only_when_that_is_said(centre: Centre, rules: Rules, tmp_path: Path) -> None:
    ticket = await entered_late(centre)
    published = await rules("publish", written(tmp_path, STRICT))
    version = published.out.split()[1]
    previewed = json.loads((await rules("migrate", "CS-TA06-24", version, "--json")).out)
    mine = {clock["metric"]: clock for clock in previewed if clock["ticket_id"] == ticket.ticket_id}
    assert mine["reply_submission"]["row_after"] == "everything"
    assert mine["reply_submission"]["deadline_after"] < mine["reply_submission"]["deadline_before"]
    told = (await rules("migrate", "CS-TA06-24", version)).out
    assert told.endswith(f"{len(previewed)} clocks would be moved; --yes moves them.\n")
    assert f"{ticket.ticket_id}  reply_submission 1: " in told
    assert await migrations(centre, ticket) == []

    moved = (await rules("migrate", "CS-TA06-24", version, "--on-change", "from_start", "--yes")).out
    assert moved.endswith(f"{len(previewed)} clocks are moved.\n")
    (migrated,) = await migrations(centre, ticket)
    assert (migrated.policy_version, migrated.on_change, migrated.by) == (version, "from_start", "system:command-line")


async def test_a_preview_of_a_move_says_that_the_version_is_not_effective_yet(
    centre: Centre, rules: Rules, tmp_path: Path
) -> None:
    since = (centre.zixun.clock.now() + timedelta(days=90)).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    file = written(tmp_path, STRICT.replace("CS-TA06-24", "remote"))
    await rules("publish", file, "--effective-from", since)
    remark = f"remote 1 is effective only from {since} on; what is moved goes by it at once.\n"
    assert (await rules("migrate", "remote", "1")).out.startswith(remark)
    as_json = await rules("migrate", "remote", "1", "--json")
    assert as_json.err == remark
    assert isinstance(json.loads(as_json.out), list)


async def test_a_version_that_was_never_published_is_named(rules: Rules) -> None:
    refused = await rules("migrate", "CS-TA06-24", "99", "--yes")
    assert (refused.status, refused.out) == (4, "")
    assert "found CS-TA06-24 99" in refused.err
