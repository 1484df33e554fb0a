"""Asks the API within this process, so that the command line and the front ends see the same documents."""

import json
from typing import Any
from urllib.parse import quote, unquote

from services.app import create_app
from services.cli.sessions import Session
from services.wiring import assemble
from shared_events.http.access import Principal, Role


async def get(session: Session, path: str, language: str) -> tuple[int, dict[str, Any]]:
    """The status and the document that `GET path` answers to whoever may use the machine itself."""
    app = create_app(await assemble(session.pool, session.master_key, session.clock), session.settings)
    app.state.authenticate = _whoever_is_at_the_machine
    bare, _, query = path.partition("?")
    answer: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        answer.append(dict(message))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(bare),
        "raw_path": quote(bare, safe="/%").encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), (b"authorization", b"Bearer -"), (b"accept-language", language.encode())],
        "server": ("localhost", 80),
        "client": ("localhost", 0),
    }
    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in answer[1:])
    return answer[0]["status"], json.loads(body)


async def _whoever_is_at_the_machine(_token: str) -> Principal:
    return Principal("system:command-line", Role.ADMIN)
