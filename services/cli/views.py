"""`zixun views …`: prove that what is shown follows from the log, and fold it anew."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.failures import Failure, Status
from services.cli.progress_bars import progress_bars
from services.cli.sessions import Session, in_session

if TYPE_CHECKING:
    from services.rebuilding import Rebuilt

LISTED_MAX = 10

AsJson = Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")]


def build() -> typer.Typer:
    """The verbs about views."""
    app = typer.Typer(help="Hold the views against the log.", no_args_is_help=True)
    app.command("check")(check)
    app.command("rebuild")(rebuild)
    return app


def check(as_json: AsJson = False) -> None:
    """Fold all events again and compare with what is shown, to the row. Nothing is changed.

    The system may go on running; it waits only for the moment in which the last events are compared. The exit status
    is 1 if anything differs.

    Examples:

        zixun views check

        zixun views check --json
    """
    found = in_session(lambda session: _rebuild(session, switch=False, silent=as_json))
    _print(found, as_json=as_json)
    if found.different:
        raise Failure(f"{len(found.different)} tickets are not shown as their events say.", Status.FAILED)


def rebuild(as_json: AsJson = False) -> None:
    """Fold all events again and put the result in the place of what is shown, without an interruption.

    Examples:

        zixun views rebuild

        zixun views rebuild --json
    """
    _print(in_session(lambda session: _rebuild(session, switch=True, silent=as_json)), as_json=as_json)


async def _rebuild(session: Session, *, switch: bool, silent: bool) -> "Rebuilt":
    import asyncpg

    from services.rebuilding import RebuildRefused, rebuild
    from services.wiring import assemble

    zixun = await assemble(session.pool, session.master_key, session.clock, session.settings.cluster)
    owner = await asyncpg.connect(session.dsn)
    try:
        with progress_bars(silent=silent) as begin:
            return await rebuild(zixun, owner, begin("Events folded"), switch=switch)
    except RebuildRefused as refused:
        raise Failure(str(refused), Status.FAILED) from None
    finally:
        await owner.close()


def _print(found: "Rebuilt", *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(found)))
        return
    print(f"{found.events} events folded into {found.tickets} tickets, digest {found.digest}.")
    if not found.different:
        print("What is shown is what the events say.")
    for ticket in found.different[:LISTED_MAX]:
        print(f"differs: {ticket}")
    if len(found.different) > LISTED_MAX:
        print(f"… and {len(found.different) - LISTED_MAX} more; --json has them all.")
    if found.switched:
        print("The new rows are in place.")
