"""Every case that SLA engines get wrong has its tests, and `docs/sla-cases.md` names them all."""

import re
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__)
TABLE: Final = HERE.parents[2] / "docs" / "sla-cases.md"
NAMED: Final = re.compile(r"\btest_case_(\d+)_\w+")


def test_the_table_of_cases_names_the_tests_that_there_are() -> None:
    defined = {
        match[0]
        for path in HERE.parent.rglob("test_*.py")
        for match in re.finditer(r"(?<=def )test_case_\d+_\w+", path.read_text(encoding="utf-8"))
    }
    assert {match[0] for match in NAMED.finditer(TABLE.read_text(encoding="utf-8"))} == defined


def test_every_case_has_a_test_in_its_row() -> None:
    rows = [line.split("|") for line in TABLE.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d", line)]
    assert [int(row[1]) for row in rows] == list(range(1, 46))
    for row in rows:
        assert {int(number) for number in NAMED.findall(row[3])} == {int(row[1])}
