"""The facts that were counted straight from the real incident log come out of the API after its import."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from services.embedded import Server
from services.importing.importer import ImportResult
from services.importing.incident_file import read_cases
from shared_events.clock import SystemClock
from shared_events.http import Role
from tests.services.importing.imports import centre, import_for_ledger, ledger_digest, real_log
from tests.system.serving import serving

NAME = "real_log"

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Imported:
    """What two imports of the same file, one after the other, came to."""

    dsn: str
    first: ImportResult
    second: ImportResult
    digests: tuple[str, str]
    figures: dict[str, Any]


@pytest.fixture(scope="module")
def imported(server: Server, migrated_template: str) -> Iterator[Imported]:
    """One import for all tests of this file: it is the longest thing that they do."""
    real_log()
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(asyncio.run, _import_twice(server, migrated_template)).result()


async def _import_twice(server: Server, template: str) -> Imported:
    administrator = await asyncpg.connect(server.dsn("postgres"))
    await administrator.execute(f"create database {NAME} template {template} strategy file_copy")
    await administrator.close()
    dsn, clock = server.dsn(NAME), SystemClock()
    cases = read_cases(real_log(), clock.now())
    async with centre(dsn) as zixun:
        first = await import_for_ledger(zixun, cases)
        digest = await ledger_digest(zixun)
        second = await import_for_ledger(zixun, cases)
        digests = (digest, await ledger_digest(zixun))
        await zixun.presence.leave()
    async with serving(dsn) as served:
        answer = await served.get("/v1/figures?origin=import", Role.ANALYST)
    assert answer.status_code == 200, answer.text
    return Imported(dsn, first, second, digests, answer.json())


def moves(figures: dict[str, Any], name: str) -> dict[str, int]:
    """From `CSE→PSE` to how often."""
    return {f"{move['from_tier']}→{move['to_tier']}": move["events"] for move in figures[name]}


def test_every_row_of_the_log_passes_the_rules_of_a_live_command(imported: Imported) -> None:
    """Nothing is refused, nothing is left out."""
    first = imported.first
    assert (first.cases, first.rows, first.imported) == (7554, 65533, 7554)
    assert (first.refused, first.changed, first.repeated, first.completed) == ([], [], 0, 0)


def test_all_tickets_and_the_tiers_that_they_touched(imported: Imported) -> None:
    """Where the work was done."""
    assert imported.figures["tickets"] == 7554
    touched = {"+".join(entry["tiers"]): entry["tickets"] for entry in imported.figures["tiers_touched"]}
    assert touched == {
        "CSE": 4546,
        "CSE+PSE": 1907,
        "PSE": 557,
        "CSE+PSE+RDE": 193,
        "CSE+RDE": 135,
        "PSE+RDE": 109,
        "RDE": 107,
    }


def test_escalations_hand_backs_and_transfers(imported: Imported) -> None:
    """How the tickets moved."""
    assert moves(imported.figures, "escalations") == {"CSE→PSE": 2755, "PSE→RDE": 284, "CSE→RDE": 206}
    assert moves(imported.figures, "hand_backs") == {"PSE→CSE": 1469, "RDE→PSE": 164, "RDE→CSE": 118}
    assert imported.figures["transfers"] == 4448


def test_waits_refused_verdicts_and_reopenings(imported: Imported) -> None:
    """What made them take longer."""
    assert imported.figures["waits"] == {"events": 6215, "tickets": 3365}
    assert imported.figures["refused_verdicts"] == {"events": 314, "tickets": 283}
    assert imported.figures["reopenings"] == {"events": 266, "tickets": 249}
    assert imported.figures["refused_or_reopened_tickets"] == 514


def test_how_the_tickets_ended(imported: Imported) -> None:
    """Closed, answered with the verdict open, withdrawn, still open."""
    states = imported.figures["last_states"]
    assert (states["closed"], states["answered"], states["withdrawn"]) == (7455, 90, 1)
    assert imported.figures["still_open"] == 8
    assert sum(states.values()) == 7554


async def test_answers_by_the_third_level_are_recorded_as_the_exception_that_they_are(imported: Imported) -> None:
    """The flow chart does not allow them live."""
    connection = await asyncpg.connect(imported.dsn)
    marked = "select count(*) from routing.event where convert_from(body, 'UTF8')::jsonb ->> 'exception' = $1"
    assert await connection.fetchval(marked, "answered_by_rde") == 362
    await connection.close()


def test_importing_the_log_again_changes_nothing(imported: Imported) -> None:
    """No event, and no column of any ticket."""
    assert (imported.second.repeated, imported.second.imported, imported.second.events) == (7554, 0, {})
    assert imported.digests[0] == imported.digests[1]
