"""`zixun status`: how everything fares, on one screen."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.sessions import Session, in_session

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from services.observability.overview import Overview
    from services.observability.probing import Answer

COLOURS: Final = {"now": "red", "soon": "yellow"}


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Show how everything fares: what somebody should look at, who works, what waits; the worst first.

    It reads the database, so it works whether Zixun runs or not, and asks the process at ZIXUN_HOST and ZIXUN_PORT
    (and a worker at ZIXUN_METRICS_PORT, if that is set) whether it is ready.

    Examples:

        zixun status

        zixun status --json

        watch --color zixun status
    """
    found = in_session(_overview)
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False, default=_moment))
        return
    from rich.console import Console

    # Colons and brackets in what is said are no markup.
    console = Console(markup=False, emoji=False, highlight=False)
    _print_troubles(console, found)
    _print_processes(console, found)
    _print_relays(console, found)
    _print_consumers(console, found)
    _print_timers(console, found)


async def _overview(session: Session) -> "Overview":
    from services.observability.overview import overview
    from services.observability.probing import ask

    settings = session.settings
    ports = [settings.port] if settings.metrics_port is None else [settings.port, settings.metrics_port]
    answers = [await ask(settings.host, port) for port in ports]
    return await overview(session.pool, session.clock, answers)


def _print_troubles(console: "Console", found: "Overview") -> None:
    at = f"{found.at:%Y-%m-%d %H:%M:%S} UTC"
    if not found.troubles and not any(row.workers for row in found.consumers):
        console.print(f"Nothing waits, and nobody works, at {at}.", style="bold")
    elif not found.troubles:
        console.print(f"All is well, at {at}.", style="bold green")
    else:
        count = len(found.troubles)
        console.print(f"{count} {'thing needs' if count == 1 else 'things need'} somebody, at {at}.", style="bold")
    for trouble in found.troubles:
        console.print(f"● {trouble.said}", style=COLOURS[trouble.severity])
        console.print(f"  {trouble.remedy}", style="dim")


def _print_processes(console: "Console", found: "Overview") -> None:
    console.print()
    for process in found.processes:
        said, style = _said_of(process)
        console.print(f"{process.address} {said}.", style=style)


def _said_of(process: "Answer") -> tuple[str, str]:
    if process.ready:
        return "is ready", "green"
    if process.answers:
        return "answers, and is not ready", "red"
    return "does not answer: no process runs there", "dim"


def _print_relays(console: "Console", found: "Overview") -> None:
    from rich.table import Column, Table

    from services.observability.overview import RELAY_LAG_SECONDS_MAX

    log = "Kafka" if found.engine == "kafka" else "PostgreSQL"
    table = Table(
        f"to the log in {log}", *(Column(title, justify="right") for title in ("stored", "waiting", "for")), "at work"
    )
    for row in found.relays:
        late = row.lag_seconds > RELAY_LAG_SECONDS_MAX
        table.add_row(
            row.source,
            f"{row.stored_events:,}",
            f"{row.lag_events:,}",
            _waited(row.lag_seconds),
            "yes" if row.relayed else "nobody",
            style="red" if late else None,
        )
    console.print(table)


def _print_consumers(console: "Console", found: "Overview") -> None:
    from rich.table import Column, Table

    table = Table(
        "from the log", *(Column(title, justify="right") for title in ("waiting", "for", "parked")), "at work"
    )
    for row in found.consumers:
        table.add_row(
            row.consumer,
            f"{row.lag_events:,}",
            _waited(row.lag_seconds),
            f"{row.parked_subjects:,}",
            _workers(row.workers, row.partitions_held),
            style="red" if row.partitions_behind else "yellow" if row.parked_subjects else None,
        )
    console.print(table)


def _print_timers(console: "Console", found: "Overview") -> None:
    from services.observability.overview import TIMERS_LATE_SECONDS_MAX, duration
    from services.observability.timers import COUNTED_MAX

    timers = found.timers
    if timers.next_due_at is None:
        console.print("No timer waits.", style="dim")
        return
    count = f"{timers.waiting:,}{' or more' if timers.waiting == COUNTED_MAX else ''}"
    left = (timers.next_due_at - found.at).total_seconds()
    first = f"was due {duration(timers.late_seconds)} ago" if timers.late_seconds else f"falls due in {duration(left)}"
    late = timers.late_seconds > TIMERS_LATE_SECONDS_MAX
    said = f"{count} timers wait, the first {first}, at {timers.next_due_at:%Y-%m-%d %H:%M:%S} UTC."
    console.print(said, style="red" if late else None)


def _moment(value: "datetime") -> str:
    return value.isoformat().replace("+00:00", "Z")


def _waited(seconds: float) -> str:
    from services.observability.overview import duration

    return duration(seconds) if seconds else ""


def _workers(count: int, partitions: int) -> str:
    match count:
        case 0:
            return "nobody"
        case 1:
            return f"1 worker, {partitions} partitions"
        case _:
            return f"{count} workers, {partitions} partitions"
