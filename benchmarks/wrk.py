"""Load from `wrk`, which costs less of the shared cores than any client of ours."""

import asyncio
import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.measuring import Skipped

CONNECTIONS: Final = 32

_RATE: Final = re.compile(r"^Requests/sec:\s+([\d.]+)$", re.MULTILINE)
_WRONG: Final = re.compile(r"^\s*(Non-2xx or 3xx responses|Socket errors): .*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wrk:
    """Load on one port."""

    port: int
    headers: Mapping[str, str]
    seconds: int

    async def post(self, path: str, body: Mapping[str, Any]) -> float:
        """Requests per second of the same POST, over and over."""
        lines = ['wrk.method = "POST"', f"wrk.body = {_lua(json.dumps(body, ensure_ascii=False))}"]
        return await self._run(path, [*lines, 'wrk.headers["Content-Type"] = "application/json"'])

    async def get(self, paths: Sequence[str]) -> float:
        """Requests per second of GETs, from one path to the next."""
        lines = [f"local paths = {{ {', '.join(map(_lua, paths))} }}", "local n = 0"]
        lines += ["function request()", "n = n % #paths + 1", 'return wrk.format("GET", paths[n])', "end"]
        return await self._run("/", lines)

    async def _run(self, path: str, lines: Sequence[str]) -> float:
        program = shutil.which("wrk")
        if program is None:
            raise Skipped("wrk is not installed; on Debian and Ubuntu, `apt-get install wrk` brings it")
        headers = [f"wrk.headers[{_lua(name)}] = {_lua(value)}" for name, value in self.headers.items()]
        with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as script:
            script.write("\n".join([*headers, *lines]))
            script.flush()
            load = ["-t1", f"-c{CONNECTIONS}", f"-d{self.seconds}s", "-s", script.name]
            url = f"http://127.0.0.1:{self.port}{path}"
            process = await asyncio.create_subprocess_exec(program, *load, url, stdout=asyncio.subprocess.PIPE)
            said = (await process.communicate())[0].decode()
        found, wrong = _RATE.search(said), _WRONG.search(said)
        if found is None or wrong is not None:
            raise RuntimeError(f"expected wrk to get nothing but successes, found:\n{said}")
        return float(found[1])


def _lua(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
