"""An incident log is read completely or not at all, and whatever is wrong with it is named by line."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.importing.incident_file import COLUMNS, PROBLEMS_MAX, FileUnusable, State, read_cases
from shared_events.contracts.base import Tier
from shared_events.contracts.intake import Urgency
from tests.services.importing.logs import HEADER, NOW, line, lines, write_log

WORK = ("Accepted/In Progress", "L1", "A")
CLOSED = ("Completed/Closed", "L1", "A")


def problems(path: Path) -> tuple[str, ...]:
    with pytest.raises(FileUnusable) as refusal:
        read_cases(path, NOW)
    return refusal.value.problems


def test_a_row_says_when_where_and_who(tmp_path: Path) -> None:
    """Every value arrives in the words of the domain."""
    row = "C9,2026-02-01T09:30:00+01:00,Accepted,Wait - User,L2/L3,V13,Org line A,,Major,PROD7,fr,agent-7"
    case = read_cases(write_log(tmp_path, row), NOW)[0]
    found = case.rows[0]
    assert case.case_id == "C9"
    assert (found.line, found.state, found.tier, found.team) == (2, State.WAIT_USER, Tier.RDE, "V13")
    assert found.changed_at == datetime(2026, 2, 1, 8, 30, tzinfo=UTC)
    assert (found.urgency, found.function_division, found.agent) == (Urgency.CRITICAL, "", "agent-7")


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    """A centre may compress its file, whatever it is called."""
    plain = write_log(tmp_path, *lines("C1", WORK))
    packed = tmp_path / "packed.csv"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_cases(packed, NOW) == read_cases(plain, NOW)


def test_cases_may_be_interleaved(tmp_path: Path) -> None:
    """A log that is ordered by time alone is grouped here."""
    path = write_log(tmp_path, line("C1", WORK, 0), line("C2", WORK, 1), line("C1", CLOSED, 2))
    assert [(case.case_id, len(case.rows)) for case in read_cases(path, NOW)] == [("C1", 2), ("C2", 1)]


def test_the_order_of_columns_is_free(tmp_path: Path) -> None:
    """The header says which column is which; the digest of a case does not depend on it."""
    row = lines("C1", WORK)[0]
    turned = write_log(tmp_path, ",".join(reversed(row.split(","))), header=",".join(reversed(COLUMNS)))
    found = read_cases(turned, NOW)
    assert found == read_cases(write_log(tmp_path, row), NOW)


def test_the_digest_of_a_case_changes_with_any_value_and_with_nothing_else(tmp_path: Path) -> None:
    """It tells a repeated case from a changed one."""
    once = read_cases(write_log(tmp_path, *lines("C1", WORK, CLOSED)), NOW)[0]
    later = read_cases(write_log(tmp_path, *lines("C0", WORK), *lines("C1", WORK, CLOSED)), NOW)[1]
    changed = read_cases(write_log(tmp_path, line("C1", WORK, 0), line("C1", CLOSED, 1, "agent-2")), NOW)[0]
    assert once.digest == later.digest
    assert once.digest != changed.digest


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("Medium", "Huge", "line 2, impact: expected one of Low, Medium, High, Major, found 'Huge'."),
        ("L1", "L9", "line 2, support_level: expected one of L1, L2, L3, L2/L3, found 'L9'."),
        ("In Progress", "In Orbit", "line 2, status/sub_status: expected one of Queued/Awaiting Assignment, "),
        (",agent-1", ",", "line 2, agent: expected a value, found ''."),
        ("C1", "C" * 201, "line 2, case_id: expected at most 200 characters, found 'CCCCCCCCCCCCCCCCCCCC… of 201'."),
        ("PROD1", "PROD\0", "line 2, product: expected printable characters, found 'PROD\\x00'."),
        (",agent-1", "", "line 2: expected 12 values, found 11."),
        ("2026-02-01T08:00:00+00:00", "yesterday", "line 2, changed_at: expected a moment with its offset from UTC, "),
        ("2026-02-01T08:00:00+00:00", "2026-02-01T08:00:00", "line 2, changed_at: expected a moment with its offset"),
        (
            "2026-02-01T08:00:00+00:00",
            "2026-03-01T08:00:01+00:00",
            "line 2, changed_at: expected a moment not after now, 2026-03-01T08:00:00Z, found",
        ),
        ("Org line A", '"Org', "line 2: expected comma-separated values (RFC 4180), found: unexpected end of data"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(tmp_path: Path, before: str, after: str, problem: str) -> None:
    """The message says what was expected and what was found."""
    found = problems(write_log(tmp_path, lines("C1", WORK)[0].replace(before, after)))
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_all_problems_are_named_at_once_up_to_a_bound(tmp_path: Path) -> None:
    """Nobody mends a file one run at a time, and nobody reads a thousand lines of the same."""
    bad = lines("C1", WORK)[0].replace("Medium", "Huge")
    assert len(problems(write_log(tmp_path, bad, bad, bad))) == 3
    found = problems(write_log(tmp_path, *[bad] * 1000))
    assert len(found) == PROBLEMS_MAX + 1
    assert found[-1].startswith(f"{PROBLEMS_MAX} problems are enough")


def test_the_rows_of_a_case_are_in_time_order(tmp_path: Path) -> None:
    """History cannot run backwards."""
    found = problems(write_log(tmp_path, line("C1", WORK, 5), line("C1", CLOSED, 4)))
    assert found[0].startswith("line 3, changed_at: expected a moment not before that of line 2 of the case, found")


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (HEADER.replace("impact", "impact,mood"), "line 1: unknown column 'mood'; expected case_id, changed_at, "),
        (HEADER.replace(",impact", ""), "line 1: expected the column impact, found none."),
        (HEADER + ",agent", "line 1: expected every column once, found case_id, "),
        ("", "line 1: expected a header with case_id, "),
    ],
)
def test_a_wrong_header_is_named(tmp_path: Path, header: str, problem: str) -> None:
    """Rows under a wrong header are not even looked at."""
    found = problems(write_log(tmp_path, *lines("C1", WORK), header=header))
    assert any(each.startswith(problem) for each in found)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "expected a header with case_id, changed_at, "),
        (HEADER.encode(), "expected at least one row after the header, found none."),
        (gzip.compress(HEADER.encode() * 100)[:-12], "expected a readable file, plain or gzip, found: "),
        (b"\x1f\x8bnonsense", "expected a readable file, plain or gzip, found: "),
        (HEADER.encode() + b"\nC1\xff", "line 2: expected UTF-8, found the bytes ff."),
    ],
)
def test_a_file_that_is_no_log_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    """Whatever it is, the message says what."""
    path = tmp_path / "file"
    path.write_bytes(content)
    assert problem in problems(path)[0]


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    """By name, with the system's own reason."""
    assert problems(tmp_path / "none")[0].endswith("found: No such file or directory.")
    assert problems(tmp_path)[0].endswith("found: Is a directory.")
