"""`zixun tickets …`: a ticket as the API shows it, without a token."""

import json
from typing import Annotated, Any

import typer

from services.cli.failures import Failure, Status
from services.cli.sessions import Session, in_session

AsJson = Annotated[bool, typer.Option("--json", help="Print the ticket and its timeline as JSON.")]
Language = Annotated[str, typer.Option(help="The language of the steps: en or zh.")]


def build() -> typer.Typer:
    """The verbs about tickets."""
    app = typer.Typer(help="Look at tickets.", no_args_is_help=True)
    app.callback()(_group)
    app.command("show")(show)
    return app


def show(
    ticket_id: Annotated[str, typer.Argument(help="The ticket's id, or its number that is read aloud.")],
    language: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Show a ticket as it is now, and every step that led there.

    Examples:

        zixun tickets show 019a8c1e-2f7b-7cc0-9d0a-5b3c1f2e4d6a

        zixun tickets show 019a8c1e-2f7b-7cc0-9d0a-5b3c1f2e4d6a --language zh --json
    """
    ticket, steps = in_session(lambda session: _read(session, ticket_id, language))
    if as_json:
        print(json.dumps({"ticket": ticket, "timeline": steps}, ensure_ascii=False))
        return
    _print(ticket, steps)


def _group() -> None:
    """Keeps `show` a verb of its own while it is the only one."""


async def _read(session: Session, ticket_id: str, language: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    from services.cli.local_api import get

    status, ticket = await get(session, f"/v1/tickets/{ticket_id}", language)
    if status in (404, 422):
        raise Failure(f"There is no ticket {ticket_id!r}: {ticket.get('title')}", Status.NOT_FOUND)
    if status != 200:
        raise Failure(f"Ticket {ticket_id!r} cannot be shown: {ticket.get('title')}", Status.FAILED)
    steps: list[dict[str, Any]] = []
    path: str | None = f"/v1/tickets/{ticket_id}/timeline?limit=100"
    while path is not None:
        _, page = await get(session, path, language)
        steps += page["items"]
        cursor = page.get("next_cursor")
        path = f"/v1/tickets/{ticket_id}/timeline?limit=100&cursor={cursor}" if cursor else None
    return ticket, steps


def _print(ticket: dict[str, Any], steps: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    now = Table(show_header=False, box=None)
    for name, value in ticket.items():
        if value not in (None, "", [], {}):
            now.add_row(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    table = Table("when (UTC)", "step", Column("what", overflow="fold"), "by")
    for step in steps:
        table.add_row(_to_the_second(step["occurred_at"]), step["step"] or "", step["sentence"], step["by"])
    console = Console()
    console.print(now)
    console.print(table)


def _to_the_second(moment: str) -> str:
    return moment[:19].replace("T", " ")
