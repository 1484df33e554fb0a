"""Asks the API within this process, so that the command line and the front ends see the same documents."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI

from services.app import create_app
from services.cli.sessions import Session
from services.wiring import assemble
from shared_events.http.access import Principal, Role


class LocalApi:
    """The API of a session, for whoever may use the machine itself."""

    def __init__(self, app: FastAPI, language: str) -> None:
        self._app = app
        self._app.state.authenticate = _whoever_is_at_the_machine
        self._language = language

    async def get(self, path: str, query: str = "") -> tuple[int, dict[str, Any]]:
        """The status and the document that `GET path` answers."""
        return await self._ask("GET", path, query)

    async def post(self, path: str, said: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """The same of `POST path` with a body."""
        return await self._ask("POST", path, body=json.dumps(said).encode())

    async def _ask(self, method: str, path: str, query: str = "", body: bytes = b"") -> tuple[int, dict[str, Any]]:
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(dict(message))

        await self._app(self._scope(method, path, query), receive, send)
        answer = b"".join(message.get("body", b"") for message in messages)
        return messages[0]["status"], json.loads(answer)

    def _scope(self, method: str, path: str, query: str) -> dict[str, Any]:
        language = self._language.encode()
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": query.encode(),
            "headers": [
                (b"host", b"localhost"),
                (b"authorization", b"Bearer -"),
                (b"accept-language", language),
                (b"content-type", b"application/json"),
            ],
            "server": ("localhost", 80),
            "client": ("localhost", 0),
        }


async def local_api(session: Session, language: str) -> LocalApi:
    """The API on the session's database, in this language."""
    zixun = await assemble(session.pool, session.master_key, session.clock, session.settings.cluster)
    return LocalApi(create_app(zixun, session.settings), language)


async def _whoever_is_at_the_machine(_token: str) -> Principal:
    return Principal("system:command-line", Role.ADMIN)
