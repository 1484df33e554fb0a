"""`zixun views …`: prove that what is shown follows from the log, and fold it anew."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.failures import Failure, Status
from services.cli.progress_bars import progress_bars
from services.cli.sessions import Session, in_session

if TYPE_CHECKING:
    from services.clock_rebuilding import ClocksChecked
    from services.rebuilding import Rebuilt

LISTED_MAX = 10

AsJson = Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")]


@dataclass(frozen=True, slots=True)
class Found:
    """Of the ledger's views, and of SLA's clocks."""

    views: "Rebuilt"
    clocks: "ClocksChecked"


def build() -> typer.Typer:
    """The verbs about views."""
    app = typer.Typer(help="Hold the views and SLA's clocks against the log.", no_args_is_help=True)
    app.command("check")(check)
    app.command("rebuild")(rebuild)
    return app


def check(as_json: AsJson = False) -> None:
    """Fold all events again and compare with what is shown and with SLA's clocks, to the row. Nothing is changed.

    The system may go on running; it waits only for the moment in which the last events are compared. The exit status
    is 1 if anything differs.

    Examples:

        zixun views check

        zixun views check --json
    """
    found = in_session(lambda session: _rebuild(session, switch=False, silent=as_json))
    _print(found, as_json=as_json)
    complaints = []
    if found.views.different:
        complaints.append(f"{len(found.views.different)} tickets are not shown as their events say.")
    _refuse(complaints, found.clocks)


def rebuild(as_json: AsJson = False) -> None:
    """Fold all events again and put the result in the place of what is shown, without an interruption.

    Of SLA's clocks the rows that differ are written again from the log and from what SLA has said. Nothing is said
    anew: what judging again would say is listed, SLA says it with the next event of the ticket, and the exit status
    is 1.

    Examples:

        zixun views rebuild

        zixun views rebuild --json
    """
    found = in_session(lambda session: _rebuild(session, switch=True, silent=as_json))
    _print(found, as_json=as_json)
    _refuse([], found.clocks)


async def _rebuild(session: Session, *, switch: bool, silent: bool) -> Found:
    import asyncpg

    from services.clock_rebuilding import check_clocks
    from services.rebuilding import RebuildRefused, rebuild
    from services.wiring import assemble

    zixun = await assemble(session.pool, session.master_key, session.clock, session.settings.cluster)
    owner = await asyncpg.connect(session.dsn)
    try:
        with progress_bars(silent=silent) as begin:
            views = await rebuild(zixun, owner, begin("Events folded"), switch=switch)
            clocks = await check_clocks(zixun, begin("Clocks judged"), owner=owner if switch else None)
            return Found(views, clocks)
    except RebuildRefused as refused:
        raise Failure(str(refused), Status.FAILED) from None
    finally:
        await owner.close()


def _refuse(complaints: list[str], clocks: "ClocksChecked") -> None:
    if clocks.wrong:
        complaints.append(f"The clocks of {clocks.wrong} tickets are not as their events say.")
    if clocks.undecided:
        complaints.append(f"The clocks of {len(clocks.undecided)} tickets could not be compared.")
    if complaints:
        raise Failure(" ".join(complaints), Status.FAILED)


def _print(found: Found, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({**asdict(found.views), "clocks": asdict(found.clocks)}, ensure_ascii=False))
        return
    views, clocks = found.views, found.clocks
    print(f"{views.events} events folded into {views.tickets} tickets, digest {views.digest}.")
    if not views.different:
        print("What is shown is what the events say.")
    _print_listed((f"differs: {ticket}" for ticket in views.different), len(views.different))
    _print_parked(views.parked)
    if views.switched:
        print("The new rows are in place.")
    print(f"The clocks of {clocks.tickets} tickets were judged again.")
    if not clocks.different and not clocks.undecided:
        print("They are what the events say.")
    _print_listed(_lines(clocks), len(clocks.mismatches))
    if not all(each.in_rows for each in clocks.mismatches):
        print("What is not said, SLA says with the next event of the ticket.")
    if clocks.mended:
        print(f"The rows of {clocks.mended} tickets were written again.")
    if clocks.undecided:
        print(f"Not compared, because the ledger's copy of the log is behind: {len(clocks.undecided)} tickets.")
    _print_parked(clocks.parked)


def _print_parked(parked: Sequence[str]) -> None:
    if parked:
        print(f"Left out, because events of them are parked (`zixun parked list`): {len(parked)} tickets.")


def _lines(clocks: "ClocksChecked") -> Iterator[str]:
    for each in clocks.mismatches:
        yield f"differs: {each.ticket_id}, {each.what}: expected {each.expected}; found {each.found}"


def _print_listed(lines: Iterator[str], count: int) -> None:
    for line in islice(lines, LISTED_MAX):
        print(line)
    if count > LISTED_MAX:
        print(f"… and {count - LISTED_MAX} more; --json has them all.")
