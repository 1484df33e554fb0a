"""`zixun doctor`: what is wrong, how to mend it, and the mending of what can be mended safely."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.failures import Failure, Status

if TYPE_CHECKING:
    from services.doctor.findings import Finding
    from services.settings import Settings
    from shared_events.clock import Clock


def doctor(
    *,
    mend: Annotated[bool, typer.Option("--mend", help="Mend what can be mended safely.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array, an object for each finding.")] = False,
) -> None:
    """Look for everything that can be told to be wrong, and say how to mend it. Without `--mend` nothing is changed.

    It looks at the migrations, the master key, the place of the log and its topics, the stores and the archive against
    the log, partitions that stand still, parked events, and work that nobody does. `--mend` brings the tables to this
    release, and brings events that a store has lost, because it was restored from a backup, back from the log.

    The exit status is 1 if anything is wrong and was not mended.

    Examples:

        zixun doctor

        zixun doctor --mend --json
    """
    from services.logs import configure_logs
    from services.settings import LogLevel, load_settings
    from shared_events.clock import SystemClock

    configure_logs(LogLevel.ERROR)
    findings = asyncio.run(_examine(load_settings(), SystemClock(), mends=mend))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        _print(findings)
    left = [finding for finding in findings if finding.mended is None and not finding.is_note]
    if left:
        raise Failure("One thing is wrong." if len(left) == 1 else f"{len(left)} things are wrong.", Status.FAILED)


async def _examine(settings: "Settings", clock: "Clock", *, mends: bool) -> "list[Finding]":
    from services.database import connect_pool, untouched_database
    from services.doctor.examination import Examination
    from services.doctor.preparing import examine_key, examine_tables

    async with untouched_database(settings, clock) as dsn:
        findings = await examine_tables(dsn, mends=mends)
        if any(finding.mended is None for finding in findings):
            return findings
        key, of_key = examine_key(settings)
        async with await connect_pool(dsn, settings) as pool:
            examination = Examination(pool, clock, settings.cluster, mends=mends)
            return [*findings, *of_key, *await examination.findings(key)]


def _print(findings: "Sequence[Finding]") -> None:
    for finding in findings:
        print(f"{finding.place}: {finding.found}.")
        print(f"    mended: {finding.mended}" if finding.mended else f"    {finding.mending}")
    if not findings:
        print("Nothing is wrong.")
