"""`zixun import incidents`: the history of an older system."""

import asyncio
import gc
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.failures import Failure, Status
from services.cli.progress_bars import progress_bars
from services.cli.sessions import session
from shared_events.clock import Clock, SystemClock

if TYPE_CHECKING:
    from services.importing.importer import ImportResult
    from services.importing.incident_file import Case

LISTED_MAX: Final = 20
"""So many refused rows and changed cases are shown; `--json` has them all."""

AsJson = Annotated[bool, typer.Option("--json", help="Print the counts, and every refused row, as JSON.")]


def build() -> typer.Typer:
    """The verbs that bring history in."""
    app = typer.Typer(help="Bring in the history of an older system.", no_args_is_help=True)
    app.callback()(_group)
    app.command("incidents")(incidents)
    return app


def incidents(
    file: Annotated[Path, typer.Argument(help="A CSV file, plain or gzip; docs/import.md describes its columns.")],
    as_json: AsJson = False,
) -> None:
    """Import an incident log: every status change of every case, each through the rules of a live command.

    The moments of the file become those at which things happened. A row that a rule refuses is listed with its line,
    the rule and the reason, and the rest of its case goes on; the exit status is 0 all the same. A file that cannot be
    read, or has a value that means nothing here, is refused as a whole, with every such place: exit status 2.

    Importing again adds nothing; a case whose rows are not those of the first time is listed and left as it is. An
    interrupted import is finished by running it again.

    Examples:

        zixun import incidents incidents.csv.gz

        zixun import incidents incidents.csv --json > result.json
    """
    import uvloop

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            result = runner.run(_import(file, silent=as_json))
    except KeyboardInterrupt:
        print("zixun: Interrupted. What was imported stays; run it again to go on.", file=sys.stderr)
        raise
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        _print(result)


def _group() -> None:
    """Keeps `incidents` a verb of its own while it is the only one."""


async def _import(file: Path, *, silent: bool) -> dict[str, Any]:
    from services.catching_up import Stalled, catch_up
    from services.importing.importer import Importer
    from services.starting import refuse_to_append
    from services.wiring import assemble
    from services.worker import working

    clock = SystemClock()
    began = clock.monotonic()
    cases = _read(file, clock)
    async with session() as opened:
        await refuse_to_append(opened.pool, opened.settings.cluster)
        zixun = await assemble(opened.pool, opened.master_key, opened.clock, opened.settings.cluster)
        with progress_bars(silent=silent) as begin:
            result = await Importer(zixun).run(cases, begin("Cases imported"))
            # Only now, because consumers take in few large batches at less cost than many small ones.
            async with working(zixun):
                try:
                    await catch_up(zixun, begin("Events in all views"))
                except Stalled as stalled:
                    raise Failure(f"Everything is imported, but not yet to be seen. {stalled}", Status.FAILED) from None
    return _document(result, clock.monotonic() - began)


def _read(file: Path, clock: Clock) -> "Sequence[Case]":
    from services.importing.incident_file import FileUnusable, read_cases

    try:
        cases = read_cases(file, clock.now())
    except FileUnusable as unusable:
        raise Failure(f"Nothing of {file} was imported.\n{unusable}", Status.USAGE) from None
    # They live as long as the process, so the collector need not walk through them again and again.
    gc.freeze()
    return cases


def _document(result: "ImportResult", duration_seconds: float) -> dict[str, Any]:
    document = asdict(result)
    document["events"] = dict(sorted(result.events.items()))
    document["duration_seconds"] = round(duration_seconds, 1)
    return document


def _print(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("what", "count")
    table.add_row("cases in the file", str(result["cases"]))
    table.add_row("rows in the file", str(result["rows"]))
    table.add_row("cases imported", str(result["imported"]))
    table.add_row("cases finished that were begun before", str(result["completed"]))
    table.add_row("cases that were here already", str(result["repeated"]))
    table.add_row("cases that differ from the first import", str(len(result["changed"])))
    table.add_row("rows refused", str(len(result["refused"])), end_section=True)
    for name, count in result["events"].items():
        table.add_row(name, str(count))
    console.print(table)
    _list(console, "refused", [f"line {row['line']}: {row['rule']}: {row['reason']}" for row in result["refused"]])
    _list(console, "changed", [f"{case['case_id']}: {case['reason']}" for case in result["changed"]])
    console.print(f"Done in {result['duration_seconds']} seconds.")


def _list(console: Any, name: str, lines: Sequence[str]) -> None:
    for line in lines[:LISTED_MAX]:
        console.print(f"{name}: {line}", markup=False, highlight=False)
    if len(lines) > LISTED_MAX:
        console.print(f"… and {len(lines) - LISTED_MAX} more that were {name}; --json lists all.")
