"""Reads the tour out of the README, walks it in a shell as a newcomer would, and compares the answers."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

SECONDS_MAX: Final = 60
"""How long one block may take."""

_END: Final = "-- end of the block --"
_FENCE: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_UUID: Final = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"

_BOUND: Final = {
    "id": _UUID,
    "principal": r"p-[0-9a-f]{12}",
    "number": r"\d{4}-\d{4}-\d",
}
"""What differs from run to run but stays the same within one, by kind."""

_FREE: Final = {
    "moment": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z| UTC)?",
    "position": r"(?<=[a-z]):\d+:\d+",
    "lines_left_out": r"(?<=\n)…\n",
    "left_out": "…",
}
"""What differs whenever it is said. `…` stands for anything, over any number of lines; alone on a line, even none."""

_VARYING: Final = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in {**_BOUND, **_FREE}.items()))


@dataclass(frozen=True, slots=True)
class Stop:
    """One block of commands, and what the README says that they print; none where it says nothing."""

    line: int
    commands: str
    printed: str | None


@dataclass(slots=True)
class Answers:
    """Compares what was printed with what the README shows, where ids are called by other names."""

    known: dict[str, str] = field(default_factory=dict)
    """From an id of the README to the one of this run."""

    def fit(self, shown: str, printed: str) -> bool:
        """Whether it is the same, but for ids and moments; ids have to differ in the same way everywhere."""
        groups: dict[str, str] = {}
        fitted = re.fullmatch(self._pattern(shown.strip(), groups), printed.strip(), re.DOTALL)
        if fitted is None:
            return False
        self.known |= {original: fitted[name] for original, name in groups.items()}
        return True

    def _pattern(self, shown: str, groups: dict[str, str]) -> str:
        parts, end = [], 0
        for varying in _VARYING.finditer(shown):
            parts += [re.escape(shown[end : varying.start()]), self._of(varying, groups)]
            end = varying.end()
        return "".join([*parts, re.escape(shown[end:])])

    def _of(self, varying: re.Match[str], groups: dict[str, str]) -> str:
        kind, text = varying.lastgroup or "", varying[0]
        if kind == "lines_left_out":
            return r"(?:.*?\n)?"
        if kind == "left_out":
            return ".*?"
        if kind in _FREE:
            return _FREE[kind]
        if text in self.known:
            return re.escape(self.known[text])
        if text in groups:
            return f"(?P={groups[text]})"
        groups[text] = f"v{len(groups)}"
        return f"(?P<{groups[text]}>{_BOUND[kind]})"


def stops(readme: str, heading: str) -> Iterator[Stop]:
    """The blocks of `sh` below a heading, each with the block of another language that follows it."""
    start = readme.index(f"\n## {heading}\n")
    end = readme.index("\n## ", start + 1)
    blocks = list(_FENCE.finditer(readme, start, end))
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if block[1] == "sh":
            answer = following[2] if following is not None and following[1] != "sh" else None
            yield Stop(readme.count("\n", 0, block.start()) + 1, block[2], answer)


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell that stays open, so that variables and functions of one block are there for the next."""

    process: asyncio.subprocess.Process

    async def run(self, commands: str) -> str:
        """What the commands print, on both outputs; asserts that the last of them succeeds."""
        assert self.process.stdin is not None, "the shell was opened with pipes"
        assert self.process.stdout is not None, "the shell was opened with pipes"
        self.process.stdin.write(f"{commands}\necho '{_END}' $?\n".encode())
        async with asyncio.timeout(SECONDS_MAX):
            text = (await self.process.stdout.readuntil(f"{_END} ".encode())).decode()
            status = (await self.process.stdout.readline()).decode().strip()
        printed = text.removesuffix(f"{_END} ").replace("\r\n", "\n")  # as lines of headers end
        assert status == "0", f"exit status {status} of\n{commands}\nwhich printed\n{printed}"
        return printed


@asynccontextmanager
async def shell(environment: Mapping[str, str], folder: str) -> AsyncIterator[Shell]:
    """A POSIX shell in a folder."""
    process = await asyncio.create_subprocess_exec(
        "sh",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
        env=dict(environment),
        limit=1024 * 1024,
    )
    try:
        yield Shell(process)
    finally:
        assert process.stdin is not None, "the shell was opened with pipes"
        process.stdin.close()
        await process.wait()
