"""The file of an incident log: read, checked to the last value, and grouped by case. `docs/import.md` describes it."""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from shared_events.contracts.base import Tier
from shared_events.contracts.intake import Urgency

COLUMNS: Final = (
    "case_id",
    "changed_at",
    "status",
    "sub_status",
    "support_level",
    "support_team",
    "organisation_line",
    "function_division",
    "impact",
    "product",
    "country",
    "agent",
)
MAY_BE_EMPTY: Final = frozenset({"organisation_line", "function_division", "product", "country"})
CHARACTERS_MAX: Final = 200
PROBLEMS_MAX: Final = 20
"""So many are listed; whoever has more has one that repeats."""

TIERS: Final[Mapping[str, Tier]] = {"L1": Tier.CSE, "L2": Tier.PSE, "L3": Tier.RDE, "L2/L3": Tier.RDE}
URGENCIES: Final[Mapping[str, Urgency]] = {
    "Low": Urgency.LOW,
    "Medium": Urgency.NORMAL,
    "High": Urgency.HIGH,
    "Major": Urgency.CRITICAL,
}

_GZIP: Final = b"\x1f\x8b"
_UNREADABLE: Final = (OSError, EOFError, zlib.error)

Value = TypeVar("Value")


class State(StrEnum):
    """`status` and `sub_status` of a row, in the words of the log."""

    QUEUED = "Queued/Awaiting Assignment"
    UNMATCHED = "Unmatched/Unmatched"
    ASSIGNED = "Accepted/Assigned"
    IN_PROGRESS = "Accepted/In Progress"
    WAIT = "Accepted/Wait"
    WAIT_USER = "Accepted/Wait - User"
    WAIT_CUSTOMER = "Accepted/Wait - Customer"
    WAIT_VENDOR = "Accepted/Wait - Vendor"
    WAIT_IMPLEMENTATION = "Accepted/Wait - Implementation"
    RESOLVED = "Completed/Resolved"
    CLOSED = "Completed/Closed"
    IN_CALL = "Completed/In Call"
    CANCELLED = "Completed/Cancelled"


_STATES: Final[Mapping[str, State]] = {state.value: state for state in State}


class FileUnusable(Exception):
    """The file cannot be imported; each problem names the place, what was expected and what was found."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One status change of a case."""

    line: int
    changed_at: datetime
    state: State
    tier: Tier
    team: str
    organisation_line: str
    function_division: str
    urgency: Urgency
    product: str
    country: str
    agent: str


@dataclass(frozen=True, slots=True)
class Case:
    """All rows of one incident, in time order; `digest` changes with any value of any of them."""

    case_id: str
    rows: tuple[Row, ...]
    digest: bytes


def read_cases(path: Path, now: datetime) -> list[Case]:
    """The cases of a file in the order of their first rows. Raises `FileUnusable` with everything that is wrong."""
    reader = _Reader(now)
    cases = reader.read(_text_of(path), str(path))
    if reader.problems:
        raise FileUnusable(reader.problems)
    return cases


class _Gathering:
    """A case as far as it was read."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.hash = hashlib.sha256()


class _Reader:
    """Reads on after a problem, so that all are found at once."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._cases: dict[str, _Gathering] = {}
        self.problems: list[str] = []

    def read(self, text: str, name: str) -> list[Case]:
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            places = self._header(next(lines, []))
            for values in () if self.problems else lines:
                self._take(lines.line_num, values, places)
                if len(self.problems) >= PROBLEMS_MAX:
                    self.problems.append(f"{PROBLEMS_MAX} problems are enough; the rest of {name} was not read.")
                    break
        except csv.Error as error:
            self.problems.append(f"line {lines.line_num}: expected comma-separated values (RFC 4180), found: {error}")
        if not self._cases and not self.problems:
            self.problems.append(f"{name}: expected at least one row after the header, found none.")
        return [Case(case_id, tuple(case.rows), case.hash.digest()) for case_id, case in self._cases.items()]

    def _header(self, found: Sequence[str]) -> list[int]:
        for column in found:
            if column not in COLUMNS:
                self.problems.append(f"line 1: unknown column {column!r}; expected {', '.join(COLUMNS)}.")
        self.problems += [
            f"line 1: expected the column {column}, found none." for column in COLUMNS if column not in found
        ]
        if len(found) != len(set(found)):
            self.problems.append(f"line 1: expected every column once, found {', '.join(found)}.")
        if not found:
            self.problems = [f"line 1: expected a header with {', '.join(COLUMNS)}, found nothing."]
        return [] if self.problems else [found.index(column) for column in COLUMNS]

    def _take(self, line: int, found: Sequence[str], places: Sequence[int]) -> None:
        if len(found) != len(COLUMNS):
            self.problems.append(f"line {line}: expected {len(COLUMNS)} values, found {len(found)}.")
            return
        values = [found[place] for place in places]
        known = len(self.problems)
        self._check_texts(line, values)
        row = self._row(line, values)
        if row is None or len(self.problems) > known:
            return
        case = self._cases.setdefault(values[0], _Gathering())
        if case.rows and row.changed_at < case.rows[-1].changed_at:
            self._add(
                line, "changed_at", f"a moment not before that of line {case.rows[-1].line} of the case", values[1]
            )
        case.rows.append(row)
        case.hash.update("\x1f".join(values).encode() + b"\n")

    def _check_texts(self, line: int, values: Sequence[str]) -> None:
        for column, value in zip(COLUMNS, values, strict=True):
            if not value.strip() and column not in MAY_BE_EMPTY:
                self._add(line, column, "a value", value)
            elif len(value) > CHARACTERS_MAX:
                self._add(line, column, f"at most {CHARACTERS_MAX} characters", f"{value[:20]}… of {len(value)}")
            elif not value.isprintable():
                self._add(line, column, "printable characters", value)

    def _row(self, line: int, values: Sequence[str]) -> Row | None:
        _, changed_at, status, sub_status, level, team, organisation, division, impact, product, country, agent = values
        at = self._moment(line, changed_at)
        state = self._known(line, "status/sub_status", f"{status}/{sub_status}", _STATES)
        tier = self._known(line, "support_level", level, TIERS)
        urgency = self._known(line, "impact", impact, URGENCIES)
        if at is None or state is None or tier is None or urgency is None:
            return None
        return Row(
            line=line,
            changed_at=at,
            state=state,
            tier=tier,
            team=team,
            organisation_line=organisation,
            function_division=division,
            urgency=urgency,
            product=product,
            country=country,
            agent=agent,
        )

    def _moment(self, line: int, value: str) -> datetime | None:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self._add(line, "changed_at", "a moment with its offset from UTC, as 2012-05-03T10:10:12+01:00", value)
            return None
        if moment > self._now:
            self._add(line, "changed_at", f"a moment not after now, {self._now:%Y-%m-%dT%H:%M:%SZ}", value)
        return moment

    def _known(self, line: int, column: str, value: str, names: Mapping[str, Value]) -> Value | None:
        known = names.get(value)
        if known is None:
            self._add(line, column, f"one of {', '.join(names)}", value)
        return known

    def _add(self, line: int, column: str, expected: str, found: str) -> None:
        self.problems.append(f"line {line}, {column}: expected {expected}, found {found!r}.")


def _text_of(path: Path) -> str:
    """The file's text; gzip is recognised by its first bytes, not by its name."""
    try:
        content = path.read_bytes()
        if content.startswith(_GZIP):
            content = gzip.decompress(content)
    except _UNREADABLE as error:
        raise FileUnusable([f"{path}: expected a readable file, plain or gzip, found: {_said(error)}."]) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = content[error.start : error.end].hex(" ")
        raise FileUnusable([f"line {line}: expected UTF-8, found the bytes {found}."]) from error


def _said(error: Exception) -> str:
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)
