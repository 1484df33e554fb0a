"""Small incident logs for tests: a row is a case, a state, a level and a team; a minute passes from row to row."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.importing.incident_file import COLUMNS, Case, read_cases

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
BEGIN = datetime(2026, 2, 1, 8, 0, tzinfo=UTC)

HEADER = ",".join(COLUMNS)

Step = tuple[str, str, str]
"""State, level and team."""


def line(case_id: str, step: Step, minute: int, agent: str = "agent-1") -> str:
    """One row of the file."""
    state, level, team = step
    status, sub_status = state.split("/")
    at = (BEGIN + timedelta(minutes=minute)).isoformat()
    return f"{case_id},{at},{status},{sub_status},{level},{team},Org line A,A_1,Medium,PROD1,se,{agent}"


def lines(case_id: str, *steps: Step) -> list[str]:
    """The rows of one case."""
    return [line(case_id, step, minute) for minute, step in enumerate(steps)]


def write_log(folder: Path, *rows: str, header: str = HEADER) -> Path:
    """A file with these rows."""
    path = folder / "incidents.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def case_of(folder: Path, *steps: Step) -> Case:
    """The case that these rows tell, read from a file."""
    return read_cases(write_log(folder, *lines("C1", *steps)), NOW)[0]
