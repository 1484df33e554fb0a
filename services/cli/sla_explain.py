"""`zixun sla explain`: why each clock of a ticket stands where it does, as a picture and second by second."""

import json
from collections.abc import Mapping
from datetime import tzinfo
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from services.cli.failures import Failure, Status
from services.cli.languages import SpokenLanguage
from services.cli.sessions import Session, in_session
from services.cli.sla_report import print_report
from services.cli.sla_words import WORDS
from shared_events.contracts.words import Language


def explain(
    ticket_id: Annotated[str, typer.Argument(help="The ticket's id, or its number that is read aloud.")],
    metric: Annotated[str | None, typer.Argument(help="Only the clocks of this metric, as first_response.")] = None,
    *,
    as_of: Annotated[str | None, typer.Option(help="As it stood at this moment, as 2026-03-01T08:00:00Z.")] = None,
    known_at: Annotated[str | None, typer.Option(help="By what was known at this moment.")] = None,
    language: SpokenLanguage = Language.ENGLISH,
    zone: Annotated[str, typer.Option("--timezone", help="On whose clocks moments are shown.")] = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help="Print what the API answers.")] = False,
) -> None:
    """Explain the clocks of a ticket: what counted, what did not and why, by which rule, and whose time it was.

    Examples:

        zixun sla explain 1002-0034-7

        zixun sla explain 1002-0034-7 first_response --language zh --timezone Asia/Shanghai

        zixun sla explain 1002-0034-7 --known-at 2026-03-01T08:00:00Z --json
    """
    shown_in = _zone(zone)
    asked = {"metric": metric, "as_of": as_of, "known_at": known_at}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    said = in_session(lambda session: _read(session, ticket_id, query, language))
    if as_json:
        print(json.dumps(said, ensure_ascii=False))
        return
    print_report(_printable(said), language, shown_in)


def _zone(name: str) -> tzinfo:
    # Imported only now: help should be instant.
    from sla_svc.adapters.zones import UnknownZone, load_zone

    try:
        return load_zone(name)
    except UnknownZone as unknown:
        raise typer.BadParameter(str(unknown), param_hint="'--timezone'") from unknown


async def _read(session: Session, ticket_id: str, query: str, language: Language) -> dict[str, Any]:
    from services.cli.local_api import local_api

    api = await local_api(session, language)
    status, ticket = await api.get(f"/v1/tickets/{ticket_id}")
    if status == 200:
        status, said = await api.get(f"/v1/tickets/{ticket['ticket_id']}/clocks", query)
        if status == 422:
            raise Failure(f"The clocks cannot be shown:{_errors(said)}", Status.USAGE)
    else:
        said = ticket
    if said.get("code") == "BEHIND":
        raise Failure(WORDS[language]["unread"].format(ticket=ticket_id), Status.FAILED)
    if status in (404, 422):
        raise Failure(f"There is no ticket {ticket_id!r}: {said.get('title')}", Status.NOT_FOUND)
    if status != 200:
        raise Failure(f"The clocks of {ticket_id!r} cannot be shown: {said.get('title')}", Status.FAILED)
    return said


def _printable(said: Any) -> Any:
    """What people named, without what would steer the terminal."""
    match said:
        case str():
            return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in said)
        case list():
            return [_printable(item) for item in said]
        case dict():
            return {name: _printable(item) for name, item in said.items()}
        case _:
            return said


def _errors(problem: Mapping[str, Any]) -> str:
    return "".join(
        f"\n  {error['pointer'].replace('_', '-')}: {error['expected']}; found {error.get('found')!r}"
        for error in problem.get("errors", ())
    )
