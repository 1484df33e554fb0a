"""One process of a distributed run: started, listened to, and ended; none outlives the launcher."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

LAST_LINES: Final = 12
LINE_BYTES_MAX: Final = 1024 * 1024
STOP_SECONDS_MAX: Final = 30

# The subshell outlives the launcher, however that ended: its pipe closes then, and it ends what `sh` has become. A line
# on the pipe says that this is gone already, and its number may belong to anybody.
GUARD: Final = """
exec 3<&0
(read -r _ <&3 || kill -TERM $$) >/dev/null 2>&1 &
exec "$@" 3<&- </dev/null
"""


class PartEnded(Exception):
    """A part has ended by itself; the message says which, how, and its last words."""


@dataclass(slots=True)
class Part:
    """A process with a name, under which it is heard on standard error."""

    name: str
    process: Process
    announced: "asyncio.Future[dict[str, Any]]"
    """Its first line on standard output, if it has one to say."""
    _said: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    _listening: "list[asyncio.Task[None]]" = field(default_factory=list)

    async def ready(self) -> dict[str, Any]:
        """What it announced. PartEnded if it ends before."""
        either: set[asyncio.Future[Any]] = {self.announced, self._listening[0]}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not self.announced.done():
            raise PartEnded(await self.ended())
        return self.announced.result()

    async def ended(self) -> str:
        """Wait for its end, and tell about it."""
        status = await self.process.wait()
        await asyncio.wait(self._listening)  # which, unlike a gathering, is cancelled without them
        how = f"with exit status {status}" if status >= 0 else f"by {signal.Signals(-status).name}"
        words = "".join(f"\n    {line}" for line in self._said)
        return f"{self.name} (process {self.process.pid}) has ended {how}. " + (
            f"Its last words:{words}" if words else "It said nothing."
        )

    async def finished(self) -> None:
        """Wait for its end, which has to be a good one. PartEnded otherwise."""
        told = await self.ended()
        if self.process.returncode != 0:
            raise PartEnded(told)

    async def stop(self) -> None:
        """Ask it to end, and insist."""
        if self.process.returncode is None:
            self.process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS_MAX):
                await self.process.wait()
        except TimeoutError:
            say(f"{self.name} did not end within {STOP_SECONDS_MAX} s and is killed.")
            self.process.kill()
            await self.process.wait()
        assert self.process.stdin is not None, "it was started with a pipe"
        if not self.process.stdin.is_closing():
            self.process.stdin.write(b"gone\n")
            self.process.stdin.close()
        await asyncio.wait(self._listening)

    def listen(self) -> None:
        """Take in what it says, from now on."""
        assert self.process.stdout is not None, "it was started with pipes"
        assert self.process.stderr is not None, "it was started with pipes"
        self._listening = [
            asyncio.create_task(self._read_announcement(self.process.stdout)),
            asyncio.create_task(self._read(self.process.stderr)),
        ]

    async def _read_announcement(self, stream: asyncio.StreamReader) -> None:
        first = await stream.readline()
        if first.startswith(b"{"):
            self.announced.set_result(json.loads(first))
        elif first:
            self._hear(first)
        await self._read(stream)

    async def _read(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            self._hear(line)

    def _hear(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        self._said.append(text)
        say(f"{self.name:10}| {text}")


async def start(name: str, command: Sequence[str], environment: Mapping[str, str], *, keeps_pipe: bool = False) -> Part:
    """Start a process, which Ctrl-C in the terminal does not reach. `keeps_pipe`: it ends with its standard input."""
    words = command if keeps_pipe else ["/bin/sh", "-c", GUARD, "sh", *command]
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=dict(environment),
        limit=LINE_BYTES_MAX,
        start_new_session=True,
    )
    part = Part(name, process, asyncio.get_running_loop().create_future())
    part.listen()
    return part


def say(text: str) -> None:
    """Tell a person; standard output is for what is asked for."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
