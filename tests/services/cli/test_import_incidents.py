"""`zixun import incidents` says what became of a file, in words and in JSON."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.services.cli.command_line import Done, command_line
from tests.services.importing.logs import lines, write_log
from tests.system.serving import MASTER_KEY

WORK = ("Accepted/In Progress", "L1", "A")
RESOLVED = ("Completed/Resolved", "L1", "A")
CLOSED = ("Completed/Closed", "L1", "A")

Import = Callable[..., Done]


@pytest.fixture
def imports(database: str) -> Iterator[Import]:
    """`zixun import incidents` into a database of its own."""
    key = base64.b64encode(MASTER_KEY).decode()
    with command_line() as zixun:
        yield lambda *words: zixun("import", "incidents", *words, ZIXUN_DATABASE_URL=database, ZIXUN_MASTER_KEY=key)


def test_the_counts_and_every_refused_row_are_printed_as_json(imports: Import, tmp_path: Path) -> None:
    path = write_log(tmp_path, *lines("C1", WORK, RESOLVED, CLOSED), *lines("C2", WORK, CLOSED))
    done = imports(str(path), "--json")
    result = json.loads(done.out)
    assert (done.status, done.err) == (0, "")
    assert (result["cases"], result["rows"], result["imported"]) == (2, 5, 2)
    assert result["events"]["TicketClosed"] == 1
    refused = result["refused"][0]
    assert (refused["case_id"], refused["line"], refused["rule"]) == ("C2", 6, "ANSWER_NOT_SUBMITTED")
    assert refused["reason"].startswith("The customer has no answer to accept or refuse.")


def test_importing_again_says_that_all_was_there(imports: Import, tmp_path: Path) -> None:
    path = write_log(tmp_path, *lines("C1", WORK, RESOLVED, CLOSED))
    imports(str(path))
    result = json.loads(imports(str(path), "--json").out)
    assert (result["repeated"], result["imported"], result["events"]) == (1, 0, {})


def test_a_person_sees_a_table_and_what_was_refused(imports: Import, tmp_path: Path) -> None:
    path = write_log(tmp_path, *lines("C1", WORK, CLOSED))
    done = imports(str(path))
    assert done.status == 0
    assert "cases imported" in done.out
    assert "refused: line 3: ANSWER_NOT_SUBMITTED: The customer has no answer" in done.out
    assert "Cases imported" in done.err, "the progress bars are no result"


def test_a_file_that_cannot_be_read_ends_with_status_2_and_names_every_place(imports: Import, tmp_path: Path) -> None:
    path = write_log(tmp_path, *(row.replace("Medium", "Huge") for row in lines("C1", WORK, CLOSED)))
    done = imports(str(path))
    assert (done.status, done.out) == (2, "")
    assert f"Nothing of {path} was imported." in done.err
    assert "line 2, impact: expected one of Low, Medium, High, Major, found 'Huge'." in done.err
    assert "line 3, impact" in done.err
    missing = imports(str(tmp_path / "none.csv"))
    assert missing.status == 2
    assert "No such file or directory" in missing.err
