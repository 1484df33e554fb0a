"""A network that can be made bad: stands between a process and its broker or database, and passes on what it gets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

CHUNK_BYTES: Final = 16 * 1024

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True, eq=False)
class _Link:
    """One connection, seen from both sides."""

    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    is_lost: bool = False
    """What is sent goes nowhere, and nobody is told: neither side ever hears of the other again."""


class Proxy:
    """Listens on a port of this machine; `connect` opens the other side. Begins as a good network."""

    def __init__(self, connect: Callable[[], Awaitable[Ends]]) -> None:
        self._connect = connect
        self._links: set[_Link] = set()
        self._pause_seconds = 0.0
        self._is_cut = False
        self._is_silent = False
        self.refused = 0
        self.swallowed = 0
        self.delayed = 0

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator[int]:
        """The port, while the block runs."""
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            self.cut()

    def slow(self, pause_seconds: float) -> None:
        """So long does each piece take, in either direction."""
        self._pause_seconds = pause_seconds

    def cut(self) -> None:
        """End every connection, and let no new one live."""
        self._is_cut = True
        for link in list(self._links):
            self._end(link)

    def fall_silent(self) -> None:
        """Lose every connection without a word, and the new ones too; what is lost stays lost."""
        self._is_silent = True
        for link in self._links:
            link.is_lost = True

    def heal(self) -> None:
        """Pass on what is new."""
        self._pause_seconds, self._is_cut, self._is_silent = 0.0, False, False

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await self._connect()
        except OSError:
            self.refused += 1
            writer.close()
            return
        link = _Link((writer, far_writer), self._is_silent)
        self._links.add(link)
        if self._is_cut:
            self.refused += 1
            self._end(link)
        with suppress(OSError):
            await asyncio.gather(self._pump(link, reader, far_writer), self._pump(link, far_reader, writer))

    async def _pump(self, link: _Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK_BYTES):
            if self._pause_seconds:
                self.delayed += 1
                await asyncio.sleep(self._pause_seconds)
            if link.is_lost:
                self.swallowed += 1
                continue
            writer.write(data)
            await writer.drain()
        if not link.is_lost:
            self._end(link)

    def _end(self, link: _Link) -> None:
        self._links.discard(link)
        for writer in link.writers:
            writer.close()


def to_port(port: int) -> Callable[[], Awaitable[Ends]]:
    """What listens on this machine."""
    return lambda: asyncio.open_connection("127.0.0.1", port)


def to_socket(path: str) -> Callable[[], Awaitable[Ends]]:
    """What listens in the file system."""
    return lambda: asyncio.open_unix_connection(path)
