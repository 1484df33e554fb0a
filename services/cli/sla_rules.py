"""`zixun sla publish | what-if | migrate`: the rules by which clocks run, through the same API as front ends."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from services.cli.failures import Failure, Status
from services.cli.progress_bars import Report, progress_bars
from services.cli.sessions import Session, in_session

PolicyFile = Annotated[Path, typer.Argument(metavar="POLICY.yaml", exists=True, dir_okay=False, readable=True)]
Document = Annotated[Path, typer.Argument(metavar="FILE.yaml", exists=True, dir_okay=False, readable=True)]
AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON document.")]
_SUMS: Final = (
    "clocks_before",
    "clocks_after",
    "breaches_before",
    "breaches_after",
    "over_minutes_before",
    "over_minutes_after",
)


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
    said: dict[str, Any] = {"document": file.read_text(encoding="utf-8"), "preview": preview}
    if calendar is not None:
        said |= {"name": calendar}
    elif effective_from is not None:
        said |= {"effective_from": effective_from}
    path = "/v1/policies" if calendar is None else "/v1/calendars"
    made = in_session(lambda session: _asked(session, path, said, file))
    done = "would be published" if preview else "is published"
    since = f", effective from {made['effective_from']}" if made.get("effective_from") else ""
    print(f"{made['name']} {made['version']} {done}{since}.")


def what_if(
    policy: PolicyFile,
    *,
    received_from: Annotated[str | None, typer.Option("--from", help="Tickets of this moment or later.")] = None,
    received_to: Annotated[str | None, typer.Option("--to", help="Tickets before this moment.")] = None,
    as_json: AsJson = False,
) -> None:
    """Judge history by a draft of a policy: breaches gained and lost, with their tickets. Nothing is written.

    Examples:

        zixun sla what-if draft.yaml

        zixun sla what-if draft.yaml --from 2026-01-01T00:00:00Z --json
    """
    said = {"document": policy.read_text(encoding="utf-8"), "received_from": received_from, "received_to": received_to}
    with progress_bars(silent=as_json) as begin:
        report = begin("tickets")
        pages = in_session(lambda session: _pages(session, "/v1/policies/what-if", said, (policy, report)))
    metrics = _added_up(pages)
    if as_json:
        print(json.dumps(list(metrics.values()), ensure_ascii=False))
    else:
        _print_comparison(metrics)


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
        pages = in_session(lambda session: _pages(session, path, said, (None, report)))
    moved = [clock for page in pages for clock in page["moved"]]
    if as_json:
        print(json.dumps(moved, ensure_ascii=False))
        return
    for clock in moved:
        print(
            f"{clock['ticket_id']}  {clock['metric']} {clock['cycle']}: "
            f"{clock['row_before']} -> {clock['row_after']}, "
            f"due {clock['deadline_before']} -> {clock['deadline_after']}"
        )
    over = sum(clock["is_breached_by_it"] for clock in moved)
    if over:
        print(
            f"{over} of these {'were' if yes else 'would be'} over their targets by it at once; nobody is told of those."
        )
    print(f"{len(moved)} clocks {'are moved' if yes else 'would be moved; --yes moves them'}.")


async def _pages(
    session: Session, path: str, said: Mapping[str, Any], shown: tuple[Path | None, Report]
) -> list[dict[str, Any]]:
    file, report = shown
    pages: list[dict[str, Any]] = []
    after: str | None = None
    while not pages or after is not None:
        page = await _asked(session, path, {**said, "after": after}, file)
        pages.append(page)
        report(sum(each["tickets"] for each in pages), page["tickets_in_all"])
        after = page["next_after"]
    return pages


async def _asked(session: Session, path: str, said: Mapping[str, Any], file: Path | None) -> dict[str, Any]:
    from services.cli.local_api import local_api

    api = await local_api(session, "en")
    status, answer = await api.post(path, {name: value for name, value in said.items() if value is not None})
    if status < 400:
        return answer
    lines = [_mistake(error, file) for error in answer.get("errors", ())]
    message = "\n".join([answer["title"], *filter(None, [answer.get("detail")]), *lines])
    raise Failure(message, {404: Status.NOT_FOUND, 422: Status.USAGE}.get(status, Status.FAILED))


def _mistake(error: Mapping[str, Any], file: Path | None) -> str:
    if error["pointer"] == "/document" and error.get("line"):
        return f"{file}:{error['line']}:{error['column']}: {error['expected']}"
    expected = str(error["expected"])
    found = f", found {error['found']}" if error.get("found") is not None else ""
    return f"{error['pointer']}: {expected if expected.startswith('Expected') else f'expected {expected}'}{found}"


def _added_up(pages: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    metrics: dict[str, dict[str, Any]] = {}
    for each in (metric for page in pages for metric in page["metrics"]):
        total = metrics.setdefault(each["metric"], {"metric": each["metric"], "gained": [], "lost": []})
        for name in _SUMS:
            total[name] = round(total.get(name, 0) + each[name], 2)
        total["gained"] += each["gained"]
        total["lost"] += each["lost"]
    return metrics


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
