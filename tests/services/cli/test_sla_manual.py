"""docs/sla.md is true: its examples pass, and its lists are those of the program."""

import re
from pathlib import Path
from typing import Final

import pytest

from sla_svc.domain.cases.happenings import KINDS
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.policies.document import RuleDocument
from sla_svc.domain.policies.vocabulary import CONDITIONS
from sla_svc.domain.story import REASONS
from tests.services.cli.command_line import CommandLine, command_line

MANUAL: Final = (Path(__file__).parents[3] / "docs" / "sla.md").read_text(encoding="utf-8")
FILES: Final = dict(re.findall(r"```yaml\n# (\S+)\n(.+?)```", MANUAL, re.DOTALL))


@pytest.fixture
def zixun() -> CommandLine:
    with command_line() as made:
        return made


def test_its_examples_pass(zixun: CommandLine, tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = zixun("sla", "check", str(tmp_path / "cases.yaml"))

    assert (done.status, done.err) == (0, ""), done.out
    shown = re.findall(r"(pass  .+\n(?:      .+\n)+)", MANUAL)
    assert len(shown) == 2
    assert [each for each in shown if each not in done.out] == []


def test_it_lists_every_word() -> None:
    words = [*KINDS, *METRICS, *REASONS, *CONDITIONS, *RuleDocument.model_fields]
    words += [value for values in CONDITIONS.values() for value in values]
    anchors = [name for metric in METRICS.values() for name in (*metric.starts, *metric.stops)]
    assert [word for word in (*words, *anchors) if f"`{word}`" not in MANUAL] == []
