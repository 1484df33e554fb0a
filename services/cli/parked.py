"""`zixun parked …`: the events that a consumer could not take in, and another try."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.failures import Failure, Status
from services.cli.sessions import Session, in_session

if TYPE_CHECKING:
    from services.wiring import Zixun
    from shared_events.runtime.checkpoints import ParkedSubject

AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON array, an object for each consumer and subject.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """What came of another try: how many events went in, and why the next one still does not."""

    consumer: str
    subject: str
    taken_in: int
    still_parked: int
    reason: str | None


def build() -> typer.Typer:
    """The verbs about parked events."""
    app = typer.Typer(help="Look at events that could not be taken in, and try them again.", no_args_is_help=True)
    app.command("list")(list_parked)
    app.command("retry")(retry)
    return app


def list_parked(as_json: AsJson = False) -> None:
    """List what is parked: a line for each consumer and subject, with what is wrong with its first event.

    A consumer parks an event that it cannot decode or take in, and all later ones of the same subject behind it, so
    that the rest flows on. Nothing is lost: they wait for `zixun parked retry`. Until then the API says of such a
    ticket that it is behind. If very many subjects fail at once, the release is at fault: the consumer stops instead,
    and goes on when a mended release is started.

    Examples:

        zixun parked list

        zixun parked list --json
    """
    parked = in_session(_list)
    if as_json:
        print(json.dumps([{**asdict(each), "since": _moment(each.since)} for each in parked], ensure_ascii=False))
        return
    columns = {"consumer": "consumer", "subject": "subject", "since": "since (UTC)", "count": "events", "reason": "why"}
    rows = [{**asdict(each), "since": f"{each.since:%Y-%m-%d %H:%M:%S}"} for each in parked]
    _print(columns, rows, "Nothing is parked.")


def retry(
    subject: Annotated[str | None, typer.Argument(help="The subject, as `zixun parked list` shows it.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Try everything that is parked.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take parked events in, in their order, up to the first that still fails; the exit status is 1 if any does.

    This may be done while Zixun runs, and again as often as one likes. It is this program that takes the events in, so
    try again after its release was mended.

    Examples:

        zixun parked retry 019a8c1e-2f7b-7cc0-9d0a-5b3c1f2e4d6a

        zixun parked retry --all --json
    """
    if (subject is None) is not everything:
        raise Failure("Expected either a subject or --all.", Status.USAGE)
    done = in_session(lambda session: _retry(session, subject))
    if as_json:
        print(json.dumps([asdict(each) for each in done], ensure_ascii=False))
    else:
        columns = {"consumer": "consumer", "subject": "subject", "taken_in": "taken in", "still_parked": "still parked"}
        _print({**columns, "reason": "why"}, [asdict(each) for each in done], "Nothing was parked.")
    failed = sum(each.still_parked > 0 for each in done)
    if failed:
        raise Failure(f"Expected all {len(done)} to be taken in, found {failed} that still fail.", Status.FAILED)


async def _list(session: Session) -> "list[ParkedSubject]":
    from services.wiring import CONSUMERS
    from shared_events.runtime.checkpoints import Checkpoints

    return [
        parked
        for consumer in CONSUMERS
        for parked in await Checkpoints(session.pool, consumer, consumer).parked_summary()
    ]


async def _retry(session: Session, subject: str | None) -> list[Retried]:
    from services.starting import refuse_to_append
    from services.wiring import assemble

    parked = [each for each in await _list(session) if subject in {None, each.subject}]
    if subject is not None and not parked:
        raise Failure(f"Nothing is parked of {subject!r}; `zixun parked list` shows what is.", Status.NOT_FOUND)
    await refuse_to_append(session.pool, session.settings.cluster)
    zixun = await assemble(session.pool, session.master_key, session.clock, session.settings.cluster)
    return [await _retry_one(zixun, each) for each in parked]


async def _retry_one(zixun: "Zixun", parked: "ParkedSubject") -> Retried:
    from shared_events.runtime.checkpoints import Checkpoints

    runner = next(runner for runner in zixun.runners if runner.name == parked.consumer)
    taken_in, reason = 0, None
    try:
        taken_in = await runner.retry(parked.subject)
    except Exception as error:  # noqa: BLE001 - whatever still fails is what the operator wants to see, of each subject
        reason = f"{type(error).__name__}: {error}"
    left = len(await Checkpoints(zixun.pool, parked.consumer, parked.consumer).parked(parked.subject))
    return Retried(
        consumer=parked.consumer,
        subject=parked.subject,
        taken_in=taken_in if reason is None else max(0, parked.count - left),
        still_parked=left,
        reason=reason,
    )


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _print(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], nothing: str) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    # Brackets and colons in a reason are no markup.
    console = Console(markup=False, emoji=False, highlight=False)
    if not rows:
        console.print(nothing)
        return
    table = Table(*(Column(title, overflow="fold") for title in columns.values()))
    for row in rows:
        table.add_row(*("" if row[name] is None else str(row[name]) for name in columns))
    console.print(table)
