"""`zixun tickets …`: a ticket as the API shows it, without a token."""

import json
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from services.cli.failures import Failure, Status
from services.cli.languages import SpokenLanguage
from services.cli.sessions import Session, in_session
from shared_events.contracts.words import Language

AsJson = Annotated[bool, typer.Option("--json", help="Print the ticket and its timeline as JSON.")]


def build() -> typer.Typer:
    """The verbs about tickets."""
    app = typer.Typer(help="Look at tickets.", no_args_is_help=True)
    app.callback()(_group)
    app.command("show")(show)
    return app


def show(
    ticket_id: Annotated[str, typer.Argument(help="The ticket's id, or its number that is read aloud.")],
    language: SpokenLanguage = Language.ENGLISH,
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


async def _read(session: Session, ticket_id: str, language: Language) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    from services.cli.local_api import local_api

    api = await local_api(session, language)
    status, ticket = await api.get(f"/v1/tickets/{ticket_id}")
    if status in (404, 422):
        raise Failure(f"There is no ticket {ticket_id!r}: {ticket.get('title')}", Status.NOT_FOUND)
    if status != 200:
        raise Failure(f"Ticket {ticket_id!r} cannot be shown: {ticket.get('title')}", Status.FAILED)
    path = f"/v1/tickets/{ticket['ticket_id']}/timeline"
    _, page = await api.get(path, "limit=100")
    steps = list(page["items"])
    while page["next_cursor"]:
        _, page = await api.get(path, urlencode({"limit": 100, "cursor": page["next_cursor"]}))
        steps += page["items"]
    return ticket, steps


def _print(ticket: dict[str, Any], steps: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    now = Table(show_header=False, box=None)
    for name, value in ticket.items():
        if shown := _shown(value):
            now.add_row(name, _printable(shown))
    table = Table("when (UTC)", "step", Column("what", overflow="fold"), "by")
    for step in steps:
        what = "\n".join([step["sentence"], *(f"  {text}" for text in step["texts"].values())])
        table.add_row(_to_the_second(step["occurred_at"]), step["step"] or "", _printable(what), step["by"])
    # Brackets and colons in what people wrote are no markup.
    console = Console(markup=False, emoji=False, highlight=False)
    console.print(now)
    console.print(table)


def _shown(value: Any) -> str:
    """Plain values and simple lists of them. What has more to it is told by the steps, and whole by `--json`."""
    match value:
        case None | "":
            return ""
        case str():
            return value
        case bool() | int():
            return json.dumps(value)
        case list():
            return ", ".join(value) if all(isinstance(item, str) for item in value) else ""
        case dict():
            plain = not any(isinstance(item, dict | list) for item in value.values())
            return ", ".join(f"{name} {item}" for name, item in value.items() if item is not None) if plain else ""
        case _:
            return ""


def _printable(text: str) -> str:
    """What people wrote, without what would steer the terminal."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _to_the_second(moment: str) -> str:
    return moment[:19].replace("T", " ")
