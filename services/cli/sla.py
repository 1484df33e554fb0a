"""`zixun sla …`: the clocks of tickets, and the calendars and policies by which they run."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.failures import Failure, Status
from services.cli.sla_explain import explain
from services.cli.sla_rules import migrate, publish, what_if

if TYPE_CHECKING:
    from sla_svc.domain.cases.verdicts import Verdict


def build() -> typer.Typer:
    """The verbs about clocks."""
    app = typer.Typer(help="Explain clocks, and check the rules by which they run.", no_args_is_help=True)
    app.callback()(sla)  # without it a group of one verb would be that verb
    app.command("check")(check)
    app.command("explain")(explain)
    app.command("publish")(publish)
    app.command("what-if")(what_if)
    app.command("migrate")(migrate)
    return app


def sla() -> None:
    """Explain clocks, and check the rules by which they run."""


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="CASES.yaml …", exists=True, dir_okay=False, readable=True, help="Files of cases."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array, an object for each case.")] = False,
) -> None:
    """Evaluate tables of cases: what a calendar or a policy makes of them, and whether that is what was expected.

    A file has calendars, and cases of a calendar (a duration and its deadline, or two moments and what elapses between
    them) or of a policy (what happened to a ticket, and its clocks, deadlines, warnings and breaches). docs/sla.md has
    examples. Neither a database nor an installation is needed.

    The exit status is 1 if a case fails, and 2 for a file that cannot be understood.

    Examples:

        zixun sla check cases.yaml

        zixun sla check --json cases/*.yaml
    """
    verdicts = [(file, verdict) for file in files for verdict in _verdicts(file)]
    if as_json:
        print(json.dumps([_document(file, verdict) for file, verdict in verdicts], ensure_ascii=False))
    else:
        for _, verdict in verdicts:
            print("\n".join(_lines(verdict)))
        print(f"{sum(verdict.passed for _, verdict in verdicts)} of {len(verdicts)} cases pass.")
    if not all(verdict.passed for _, verdict in verdicts):
        raise typer.Exit(Status.FAILED)


def _verdicts(file: Path) -> Sequence["Verdict"]:
    from sla_svc.adapters.case_files import read_cases
    from sla_svc.adapters.documents import DocumentRefused

    try:
        return list(read_cases(file).verdicts())
    except DocumentRefused as refused:
        raise Failure(f"{refused.source} cannot be understood:\n{refused}", Status.USAGE) from refused


def _lines(verdict: "Verdict") -> Sequence[str]:
    head = f"{'pass' if verdict.passed else 'FAIL'}  {verdict.name}"
    checks = [f"{'' if c.holds else '! '}{c.what}: expected {c.expected}, found {c.found}" for c in verdict.checks]
    return [head, *(f"      {line}" for line in checks)]


def _document(file: Path, verdict: "Verdict") -> dict[str, object]:
    checks = [{**asdict(each), "holds": each.holds} for each in verdict.checks]
    return {"file": str(file), "name": verdict.name, "passed": verdict.passed, "checks": checks}
