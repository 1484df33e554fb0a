"""An import can be repeated, interrupted and finished, and what it did before is never touched again."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from routing_svc.domain.commands import RouteTicket
from routing_svc.domain.ticket import DECIDER
from services.importing.importer import Importer
from services.importing.incident_file import Case, read_cases
from services.importing.incident_mapping import ticket_id_of
from services.wiring import Zixun
from shared_events.runtime.commands import Aggregate, Call
from shared_events.store.appends import Stream
from tests.services.importing.imports import centre, import_cases, ledger_digest
from tests.services.importing.logs import NOW, line, lines, write_log

WORK: Final = ("Accepted/In Progress", "L1", "A")
MOVED: Final = ("Queued/Awaiting Assignment", "L2", "P")
RESOLVED: Final = ("Completed/Resolved", "L2", "P")
CLOSED: Final = ("Completed/Closed", "L2", "P")
STRANGE: Final = ("Completed/Closed", "L1", "A")

GROUP: Final = 20


def log_of(folder: Path, count: int) -> Path:
    """A file of so many cases that all went the same way."""
    rows = (row for number in range(count) for row in lines(f"C{number}", WORK, MOVED, RESOLVED, CLOSED))
    return write_log(folder, *rows)


def cases_of(folder: Path, count: int = 3) -> list[Case]:
    return read_cases(log_of(folder, count), NOW)


async def events_count(zixun: Zixun) -> int:
    counts = [await zixun.pool.fetchval(f"select count(*) from {source}.event") for source in ("intake", "routing")]
    return sum(counts)


async def test_an_import_counts_what_it_did(database: str, tmp_path: Path) -> None:
    """Cases, rows and events by type."""
    async with centre(database) as zixun:
        result = await import_cases(zixun, cases_of(tmp_path))
        assert (result.cases, result.rows, result.imported) == (3, 12, 3)
        assert result.events["TicketEscalated"] == 3
        assert result.events.total() == await events_count(zixun)
        assert await zixun.pool.fetchval("select count(*) from ledger.ticket where status = 'closed'") == 3


async def test_everything_imported_says_so_and_when_it_happened(database: str, tmp_path: Path) -> None:
    """The moments are those of the file; nothing of it is personal, so no key is made."""
    async with centre(database) as zixun:
        await import_cases(zixun, cases_of(tmp_path, 1))
        rows = await zixun.pool.fetch('select * from log.log_entry order by "offset"')
        assert {row["origin"] for row in rows} == {"import"}
        assert max(row["occurred_at"] for row in rows) < min(row["recorded_at"] for row in rows)
        assert await zixun.pool.fetchval("select count(*) from keys.person_key") == 0


async def test_importing_again_adds_nothing_and_takes_no_numbers(database: str, tmp_path: Path) -> None:
    """Neither events nor short numbers."""
    async with centre(database) as zixun:
        await import_cases(zixun, cases_of(tmp_path))
        before = (await events_count(zixun), await ledger_digest(zixun), await last_serial(database))
        again = await import_cases(zixun, cases_of(tmp_path))
        assert (again.repeated, again.imported, again.events) == (3, 0, {})
        assert (await events_count(zixun), await ledger_digest(zixun), await last_serial(database)) == before


async def test_a_longer_file_adds_its_new_cases(database: str, tmp_path: Path) -> None:
    """A centre may bring its history piece by piece."""
    async with centre(database) as zixun:
        await import_cases(zixun, cases_of(tmp_path, 3))
        result = await import_cases(zixun, cases_of(tmp_path, 5))
        assert (result.repeated, result.imported) == (3, 2)


async def test_a_case_whose_rows_changed_is_reported_and_left_as_it_is(database: str, tmp_path: Path) -> None:
    """History was told once; a correction is not an import."""
    async with centre(database) as zixun:
        await import_cases(zixun, cases_of(tmp_path))
        before = await ledger_digest(zixun)
        other = read_cases(write_log(tmp_path, *lines("C1", WORK)), NOW)
        result = await import_cases(zixun, other)
        assert [(case.case_id, case.line) for case in result.changed] == [("C1", 2)]
        assert "differ from those that were imported before" in result.changed[0].reason
        assert (result.imported, result.repeated) == (0, 0)
        assert await ledger_digest(zixun) == before


async def test_refused_rows_are_listed_by_every_run(database: str, tmp_path: Path) -> None:
    """So a run that finishes an interrupted one does not lose them."""
    rows = [*lines("C1", WORK, STRANGE, RESOLVED), line("C2", STRANGE, 0)]
    cases = read_cases(write_log(tmp_path, *rows), NOW)
    async with centre(database) as zixun:
        first = await import_cases(zixun, cases)
        assert [(row.line, row.rule) for row in first.refused] == [
            (3, "ANSWER_NOT_SUBMITTED"),
            (5, "ANSWER_NOT_SUBMITTED"),
        ]
        assert first.imported == 2
        again = await import_cases(zixun, cases)
        assert (again.refused, again.repeated) == (first.refused, 2)


async def test_two_imports_at_once_add_every_case_once(database: str, tmp_path: Path) -> None:
    """The command key decides the race."""
    cases = cases_of(tmp_path, 40)
    async with centre(database) as zixun:
        await asyncio.gather(*(Importer(zixun).run(cases, lambda _done, _total: None) for _ in range(3)))
        assert await events_count(zixun) == 40 * 9


async def test_a_cancelled_import_is_finished_by_the_next(database: str, second_database: str, tmp_path: Path) -> None:
    """Cut between the two services' appends, where it hurts most; the end is that of an import at one go."""
    cases = cases_of(tmp_path, 3 * GROUP)
    async with centre(database) as zixun:
        running = asyncio.create_task(Importer(zixun, group=GROUP).run(cases, lambda _done, _total: None))
        announced = count_calls(2, running.cancel)
        zixun.stores["intake"].on_append(announced)
        with pytest.raises(asyncio.CancelledError):
            await running
        finished = await import_cases(zixun, cases)
        assert (finished.repeated, finished.completed, finished.imported) == (GROUP, GROUP, GROUP)
        found = await ledger_digest(zixun)
    async with centre(second_database) as zixun:
        await import_cases(zixun, cases)
        assert await ledger_digest(zixun) == found


_KILLED: Final = """
import asyncio, os, signal, sys
from pathlib import Path
from services.importing.importer import Importer
from services.importing.incident_file import read_cases
from tests.services.importing.imports import centre
from tests.services.importing.logs import NOW
from tests.services.importing.test_importer import GROUP, count_calls

async def main() -> None:
    async with centre(sys.argv[1]) as zixun:
        zixun.stores["routing"].on_append(count_calls(2, lambda: os.kill(os.getpid(), signal.SIGKILL)))
        await Importer(zixun, group=GROUP).run(read_cases(Path(sys.argv[2]), NOW), lambda done, total: None)

asyncio.run(main())
"""


async def test_a_killed_import_is_finished_by_the_next(database: str, second_database: str, tmp_path: Path) -> None:
    """With kill -9, half way through; the end is that of an import at one go."""
    path = log_of(tmp_path, 3 * GROUP)
    root = Path(__file__).parents[3]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _KILLED, database, str(path), cwd=root, stderr=PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == -signal.SIGKILL, said.decode()
    cases = read_cases(path, NOW)
    async with centre(database) as zixun:
        finished = await import_cases(zixun, cases)
        assert (finished.repeated, finished.imported) == (2 * GROUP, GROUP)
        found = await ledger_digest(zixun)
    async with centre(second_database) as zixun:
        await import_cases(zixun, cases)
        assert await ledger_digest(zixun) == found


async def test_a_ticket_that_is_no_longer_empty_is_not_written_over(database: str, tmp_path: Path) -> None:
    """Somebody routed it by hand after an import that was cut between the services."""
    case = cases_of(tmp_path, 1)[0]
    async with centre(database) as zixun:
        tickets = Aggregate(DECIDER, zixun.stores["routing"], zixun.ring, zixun.ids)
        command = RouteTicket(customer_id="customer", at=NOW, by="somebody")
        stream = Stream(ticket_id_of(case))
        events = DECIDER.decide(command, DECIDER.initial)
        await tickets.store.append(await tickets.append_of(stream, events, Call(correlation_id="")))
        result = await import_cases(zixun, [case])
        assert [skipped.reason for skipped in result.changed] == ["its ticket has 1 events here that were not imported"]
        assert (result.imported, result.completed, result.repeated) == (0, 0, 0)


async def last_serial(database: str) -> int:
    """Where the sequence of short numbers stands."""
    connection = await asyncpg.connect(database)
    try:
        last: int = await connection.fetchval("select last_value from intake.consultation_serial")
    finally:
        await connection.close()
    return last


def count_calls(times: int, then: Callable[[], object]) -> Callable[[], None]:
    """A listener that acts when it is called for the given time."""
    calls = iter(range(1, times + 1))

    def listener() -> None:
        if next(calls, None) == times:
            then()

    return listener
