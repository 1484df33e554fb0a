"""Whatever schemathesis finds to send, with any role: no 500, no answer that is not declared, none but as declared."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
import uvicorn

from services.wiring import Zixun
from shared_events.http import Role
from tests.system.crash.audit import check_everything, check_views
from tests.system.serving import Centre, serving

SCHEMATHESIS: Final = Path(sys.executable).with_name("schemathesis")
CONFIGURATION: Final = Path(__file__).with_name("schemathesis.toml")
SHORTER: Final = ("--phases", "fuzzing", "--max-examples", "1")
SHORT: Final = {
    Role.AGENT: ("--phases", "examples,coverage", "--max-examples", "1"),
    Role.LEAD: ("--phases", "fuzzing,stateful", "--max-examples", "2"),
}
WAIT_SECONDS: Final = 0.05
"""For positions that nobody will ever reach: most that are made up."""


@pytest.mark.parametrize("role", Role)
async def test_nothing_that_is_sent_breaks_the_promises_of_the_document(
    database: str, tmp_path: Path, role: Role
) -> None:
    await attack(database, tmp_path, role, ["--seed", "1", *SHORT.get(role, SHORTER)])


@pytest.mark.torture(seeds=5)
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("role", Role)
async def test_so_it_is_with_many_more(database: str, tmp_path: Path, role: Role, seed: int) -> None:
    await attack(database, tmp_path, role, ["--seed", str(seed), "--max-examples", "100"])


async def attack(database: str, folder: Path, role: Role, words: list[str]) -> None:
    """Let it do its worst, and look at what is left."""
    async with serving(database, _be_impatient) as centre:
        async with listening(centre) as url:
            credential = f"Authorization: {centre.people[role].header['Authorization']}"
            status, said = await _run(folder, f"{url}/openapi.json", "--header", credential, *words)
        assert status == 0, said
        await centre.settled()
        await check_everything(centre.zixun.pool, [])
        await check_views(centre.zixun.pool)


@asynccontextmanager
async def listening(centre: Centre) -> AsyncIterator[str]:
    """The centre on a port, for clients outside of this process; its address."""
    configuration = uvicorn.Config(centre.app, port=0, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(configuration)
    serving_it = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn does not tell
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving_it


async def _run(folder: Path, *words: str) -> tuple[int, str]:
    """In a folder of its own, for it leaves files."""
    command = [str(SCHEMATHESIS), "--config-file", str(CONFIGURATION), "run", "--checks", "all", *words]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    assert process.returncode is not None, "it has ended"
    return process.returncode, said.decode()


def _be_impatient(zixun: Zixun) -> None:
    zixun.progress._wait_seconds = WAIT_SECONDS
