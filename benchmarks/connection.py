"""A lean HTTP client: one connection that stays open, one request at a time, as little work as possible."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

_STATUS: Final = re.compile(rb"HTTP/1\.1 (\d{3})")
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_POSITION: Final = re.compile(rb"\r\nzixun-position: *(\S+)\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, which was a success."""

    body: bytes
    position: str | None

    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


class Connection(asyncio.Protocol):
    """Made by `connections`."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        lines = {"Host": "127.0.0.1", "Content-Type": "application/json", **headers}
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._received = b""
        self._answer: asyncio.Future[Answer] | None = None
        self._transport: asyncio.WriteTransport | None = None

    async def post(self, path: str, body: bytes, position: str | None = None) -> Answer:
        """Send a body; `position` is what the server shall have seen before."""
        return await self._ask("POST", path, body, position)

    async def get(self, path: str, position: str | None = None) -> Answer:
        """Ask for something."""
        return await self._ask("GET", path, b"", position)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        head += b"\r\n"
        length = _LENGTH.search(head)
        if separator and len(body) >= (0 if length is None else int(length[1])):
            self._received = b""
            self._finish(head, body)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server hung up"))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    async def _ask(self, method: str, path: str, body: bytes, position: str | None) -> Answer:
        assert self._transport is not None, "it is connected"
        seen = "" if position is None else f"Zixun-Position: {position}\r\n"
        head = f"{method} {path} HTTP/1.1\r\n{self._headers}{seen}Content-Length: {len(body)}\r\n\r\n"
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(head.encode() + body)
        return await self._answer

    def _finish(self, head: bytes, body: bytes) -> None:
        assert self._answer is not None, "an answer follows a request"
        status, position = _STATUS.match(head), _POSITION.search(head)
        if status is None or status[1][0] != ord("2"):
            self._answer.set_exception(RuntimeError(f"expected a success, found {head.decode()}\n{body.decode()}"))
        else:
            self._answer.set_result(Answer(body, None if position is None else position[1].decode()))


@asynccontextmanager
async def connections(port: int, count: int, headers: Mapping[str, str]) -> AsyncIterator[list[Connection]]:
    """So many, all open."""
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: Connection(headers), "127.0.0.1", port) for _ in range(count)]
    try:
        yield [connection for _, connection in made]
    finally:
        for _, connection in made:
            connection.close()
