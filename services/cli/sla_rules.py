"""`zixun sla publish | what-if | migrate`: the rules by which clocks run, through the same API as front ends."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from services.cli.failures import Failure, Status
from services.cli.progress_bars import Report, progress_bars
from services.cli.sessions import Session, in_session

PolicyFile = Annotated[
    Path | None, typer.Argument(metavar="POLICY.yaml", exists=True, dir_okay=False, readable=True, show_default=False)
]
Document = Annotated[Path, typer.Argument(metavar="FILE.yaml", exists=True, dir_okay=False, readable=True)]
Calendars = Annotated[
    list[str] | None,
    typer.Option(
        "--calendar", metavar="NAME=FILE.yaml", help="A draft of this calendar; may be given again for others."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON document.")]
_SUMS: Final = (
    "clocks_before",
    "clocks_after",
    "breaches_before",
    "breaches_after",
    "over_minutes_before",
    "over_minutes_after",
)
_OPTIONS: Final = {
    "/name": "--calendar",
    "/effective_from": "--effective-from",
    "/received_from": "--from",
    "/received_to": "--to",
    "/on_change": "--on-change",
}
"""What a field of a request is called here."""
_IS_SENTENCE: Final = re.compile(r"\b(should|expected|required|permitted)\b")


def publish(
    file: Document,
    *,
    calendar: Annotated[str | None, typer.Option(help="The file is a calendar of this name, not a policy.")] = None,
    effective_from: Annotated[str | None, typer.Option(help="As 2026-03-01T08:00:00Z; as soon as can be.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would be published.")] = False,
) -> None:
    """Publish a calendar or a policy. Running clocks keep the version that they started with.

    Examples:

        zixun sla publish --calendar beijing beijing.yaml

        zixun sla publish ours.yaml --effective-from 2026-04-01T00:00:00+08:00
    """
    if calendar is not None and effective_from is not None:
        message = "Expected --effective-from for a policy, found it for a calendar: policies use that from theirs on."
        raise Failure(message, Status.USAGE)
    said: dict[str, Any] = {"document": _text(file), "preview": preview}
    if calendar is not None:
        said |= {"name": calendar}
    elif effective_from is not None:
        said |= {"effective_from": effective_from}
    path = "/v1/policies" if calendar is None else "/v1/calendars"
    made = in_session(lambda session: _asked(session, path, said, {"/document": file}))
    done = "would be published" if preview else "is published"
    since = f", effective from {made['effective_from']}" if made.get("effective_from") else ""
    print(f"{made['name']} {made['version']} {done}{since}.")


def what_if(
    policy: PolicyFile = None,
    *,
    calendar: Calendars = None,
    received_from: Annotated[str | None, typer.Option("--from", help="Tickets of this moment or later.")] = None,
    received_to: Annotated[str | None, typer.Option("--to", help="Tickets before this moment.")] = None,
    as_json: AsJson = False,
) -> None:
    """Judge history by a draft of a policy, of calendars, or of both: breaches gained and lost. Nothing is written.

    Without a policy, those apply that were in force. --json has the tickets, too.

    Examples:

        zixun sla what-if draft.yaml

        zixun sla what-if --calendar china=later.yaml --from 2026-07-01T00:00:00+08:00 --to 2026-10-01T00:00:00+08:00

        zixun sla what-if draft.yaml --calendar beijing=beijing.yaml --json
    """
    if policy is None and not calendar:
        raise Failure("Expected POLICY.yaml, --calendar NAME=FILE.yaml, or both; found neither.", Status.USAGE)
    drafts = _drafts(calendar or ())
    files = {"/document": policy, **{f"/calendars/{name}": file for name, file in drafts.items()}}
    said = {"document": policy and _text(policy), "calendars": {name: _text(file) for name, file in drafts.items()}}
    said |= {"received_from": received_from, "received_to": received_to}
    with progress_bars(silent=as_json) as begin:
        report = begin("tickets")
        pages = in_session(lambda session: _pages(session, "/v1/policies/what-if", said, (files, report)))
    metrics = _added_up(pages)
    if as_json:
        print(json.dumps(list(metrics.values()), ensure_ascii=False))
        return
    if metrics:
        _print_comparison(metrics)
    judged = sum(page["judged"] for page in pages)
    print(f"{judged} of {pages[-1]['tickets_in_all']} tickets were judged.")


def migrate(
    policy: Annotated[str, typer.Argument(help="The policy's name.")],
    version: Annotated[str, typer.Argument(help="The version to which running clocks go.")],
    *,
    on_change: Annotated[str, typer.Option(help="keep, restart or from_start: the time that has elapsed.")] = "keep",
    yes: Annotated[bool, typer.Option("--yes", help="Move them; without it, only say what would be moved.")] = False,
    as_json: AsJson = False,
) -> None:
    """Move running clocks to another version of the policy, as recorded events; first as a preview.

    Examples:

        zixun sla migrate CS-TA06-24 2

        zixun sla migrate CS-TA06-24 2 --on-change from_start --yes
    """
    said = {"on_change": on_change, "preview": not yes}
    path = f"/v1/policies/{policy}/{version}/migration"
    with progress_bars(silent=as_json) as begin:
        report = begin("tickets")
        pages = in_session(lambda session: _pages(session, path, said, ({}, report)))
    moved = [clock for page in pages for clock in page["moved"]]
    later = pages[-1]["effective_only_from"]
    if later:
        # Beside the list that a program reads.
        typer.echo(
            f"{policy} {version} is effective only from {later} on; what is moved goes by it at once.", err=as_json
        )
    if as_json:
        print(json.dumps(moved, ensure_ascii=False))
        return
    _print_moves(moved, yes=yes)


async def _pages(
    session: Session, path: str, said: Mapping[str, Any], shown: tuple[Mapping[str, Path | None], Report]
) -> list[dict[str, Any]]:
    files, report = shown
    pages: list[dict[str, Any]] = []
    after: str | None = None
    while not pages or after is not None:
        page = await _asked(session, path, {**said, "after": after}, files)
        pages.append(page)
        report(sum(each["tickets"] for each in pages), page["tickets_in_all"])
        after = page["next_after"]
    return pages


async def _asked(
    session: Session, path: str, said: Mapping[str, Any], files: Mapping[str, Path | None]
) -> dict[str, Any]:
    from services.cli.local_api import local_api

    api = await local_api(session, "en")
    status, answer = await api.post(path, {name: value for name, value in said.items() if value is not None})
    if status < 400:
        return answer
    lines = [_mistake(error, files) for error in answer.get("errors", ())]
    # The detail of a fault is what its error says.
    message = "\n".join([answer["title"], *(lines or filter(None, [answer.get("detail")]))])
    raise Failure(message, {404: Status.NOT_FOUND, 422: Status.USAGE}.get(status, Status.FAILED))


def _mistake(error: Mapping[str, Any], files: Mapping[str, Path | None]) -> str:
    """By what the user knows: a file and a place in it, or an option."""
    pointer, expected = error["pointer"], error["expected"]
    if error.get("line"):
        return f"{files[pointer]}:{error['line']}:{error['column']}: {expected}"
    where = _OPTIONS.get(pointer) or files.get(pointer) or pointer
    if pointer.startswith("/calendars/"):
        where = f"--calendar {pointer.removeprefix('/calendars/')}"
    found = f"; found {error['found'] or 'nothing'}" if error.get("found") is not None else ""
    return f"{where}: {expected if _IS_SENTENCE.search(expected) else f'expected {expected}'}{found}"


def _drafts(written: Sequence[str]) -> dict[str, Path]:
    """The files of `--calendar NAME=FILE.yaml`, by name."""
    drafts: dict[str, Path] = {}
    for each in written:
        name, equals, path = each.partition("=")
        if not (name and equals and path):
            raise Failure(f"--calendar: expected NAME=FILE.yaml; found {each!r}.", Status.USAGE)
        if name in drafts:
            message = f"--calendar {name}: expected each calendar once; found {drafts[name]} and {path}."
            raise Failure(message, Status.USAGE)
        drafts[name] = Path(path)
    return drafts


def _text(file: Path) -> str:
    from sla_svc.adapters.documents import DocumentRefused, read_text
    from sla_svc.api.rulebook_bodies import DOCUMENT_CHARACTERS_MAX

    try:
        text = read_text(file)
    except DocumentRefused as refused:
        raise Failure(f"{file} cannot be understood:\n{refused}", Status.USAGE) from refused
    except OSError as error:
        raise Failure(f"{file}: expected a file that can be read; found: {error.strerror}.", Status.USAGE) from error
    if not 1 <= len(text) <= DOCUMENT_CHARACTERS_MAX:
        message = f"{file}: expected a document of 1 to {DOCUMENT_CHARACTERS_MAX} characters; found {len(text)}."
        raise Failure(message, Status.USAGE)
    return text


def _added_up(pages: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """In the order of the manual."""
    from sla_svc.domain.metrics import METRICS

    metrics: dict[str, dict[str, Any]] = {}
    for each in (metric for page in pages for metric in page["metrics"]):
        total = metrics.setdefault(each["metric"], {"metric": each["metric"], "gained": [], "lost": []})
        for name in _SUMS:
            total[name] = round(total.get(name, 0) + each[name], 2)
        total["gained"] += each["gained"]
        total["lost"] += each["lost"]
    return {name: metrics[name] for name in METRICS if name in metrics}


def _print_comparison(metrics: Mapping[str, Mapping[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("metric", "clocks", "breaches", "gained", "lost", "minutes over")
    for each in metrics.values():
        table.add_row(
            each["metric"],
            f"{each['clocks_before']} -> {each['clocks_after']}",
            f"{each['breaches_before']} -> {each['breaches_after']}",
            str(len(each["gained"])),
            str(len(each["lost"])),
            f"{each['over_minutes_before']:.0f} -> {each['over_minutes_after']:.0f}",
        )
    Console(highlight=False).print(table)


def _print_moves(moved: Sequence[Mapping[str, Any]], *, yes: bool) -> None:
    for clock in moved:
        print(
            f"{clock['ticket_id']}  {clock['metric']} {clock['cycle']}: "
            f"{clock['row_before']} -> {clock['row_after']}, "
            f"due {clock['deadline_before']} -> {clock['deadline_after']}"
        )
    over = sum(clock["is_breached_by_it"] for clock in moved)
    if over:
        were = "were" if yes else "would be"
        print(f"{over} of these {were} over their targets by it at once; nobody is told of those.")
    print(f"{len(moved)} clocks {'are moved' if yes else 'would be moved; --yes moves them'}.")
