"""`zixun token …`: credentials for people and programs."""

import json
import sys
from typing import Annotated, Any

import typer

from services.access import Token, Tokens
from services.cli.failures import Failure, Status
from services.cli.sessions import in_session
from shared_events.http.access import Role

NAME_LENGTH_MAX = 200

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def build() -> typer.Typer:
    """The verbs about tokens."""
    app = typer.Typer(help="Make, list and revoke the tokens that the API asks for.", no_args_is_help=True)
    app.command("create")(create)
    app.command("list")(list_all)
    app.command("revoke")(revoke)
    return app


def create(
    role: Annotated[Role, typer.Option(help="What the token is for.")],
    name: Annotated[str, typer.Option(help="Whose it is; seen only in the list of tokens, never in an event.")],
    principal: Annotated[str | None, typer.Option(help="Make a further token of this principal.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it, once: only its hash is kept.

    The token alone goes to standard output, so it can be caught in a variable.

    Examples:

        zixun token create --role agent --name "Li Na"

        TOKEN=$(zixun token create --role lead --name "Wang Fang")

        curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/v1/tickets
    """
    _check_name(name)
    token, text = in_session(
        lambda session: Tokens(session.pool, session.clock).create(role=role, name=name, principal_id=principal)
    )
    if as_json:
        print(json.dumps({"token": text, **_document(token)}, ensure_ascii=False))
        return
    print(text)
    print(
        f"Token {token.token_id} of {token.principal_id} ({token.name}, {token.role}). It is not shown again; "
        f"`zixun token revoke {token.token_id}` ends it.",
        file=sys.stderr,
    )


def list_all(as_json: AsJson = False) -> None:
    """List all tokens, without their secrets.

    Examples:

        zixun token list

        zixun token list --json
    """
    tokens = in_session(lambda session: Tokens(session.pool, session.clock).list())
    if as_json:
        print(json.dumps([_document(token) for token in tokens], ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("token", "principal", "name", "role", "made", "revoked")
    for token in tokens:
        made, revoked = f"{token.created_at:%Y-%m-%d %H:%M}", token.revoked_at
        row = (token.token_id, token.principal_id, token.name, token.role)
        table.add_row(*row, made, f"{revoked:%Y-%m-%d %H:%M}" if revoked else "")
    Console().print(table)


def revoke(
    token_id: Annotated[str, typer.Argument(help="The id that `create` and `list` show, without the secret.")],
    as_json: AsJson = False,
) -> None:
    """End a token: within five seconds no request gets in with it.

    Examples:

        zixun token revoke 4f1c09a2b7d3
    """
    token = in_session(lambda session: Tokens(session.pool, session.clock).revoke(token_id))
    if token is None:
        raise Failure(
            f"There is no token {token_id!r}. Expected an id that `zixun token list` shows.", Status.NOT_FOUND
        )
    if as_json:
        print(json.dumps(_document(token), ensure_ascii=False))
        return
    print(f"Token {token.token_id} of {token.principal_id} ({token.name}) is revoked.")


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > NAME_LENGTH_MAX or "\0" in name:
        raise Failure(f"--name: expected 1 to {NAME_LENGTH_MAX} characters, found {len(name.strip())}", Status.USAGE)


def _document(token: Token) -> dict[str, Any]:
    revoked_at = token.revoked_at
    return {
        "token_id": token.token_id,
        "principal_id": token.principal_id,
        "name": token.name,
        "role": token.role,
        "created_at": token.created_at.isoformat().replace("+00:00", "Z"),
        "revoked_at": revoked_at.isoformat().replace("+00:00", "Z") if revoked_at else None,
    }
