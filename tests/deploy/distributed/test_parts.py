"""A part is heard by its name, says how it ended, and ends with whoever started it."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import psutil
import pytest

from deploy.distributed.parts import Part, PartEnded, start
from tests.services.cli.command_line import ROOT

ENDED_SECONDS_MAX = 30
STARTER = """
import asyncio, sys
from deploy.distributed.parts import start

async def run():
    part = await start("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], {})
    print(part.process.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(run())
"""


@pytest.fixture
async def parts() -> AsyncIterator[list[Part]]:
    made: list[Part] = []
    yield made
    await asyncio.gather(*(part.stop() for part in made))


async def python(parts: list[Part], code: str) -> Part:
    parts.append(await start("example", [sys.executable, "-c", code], {}))
    return parts[-1]


async def test_what_a_part_announces_is_given_and_all_else_is_heard_by_its_name(
    parts: list[Part], capfd: pytest.CaptureFixture[str]
) -> None:
    code = "import sys; print('{\"port\": 1}', flush=True); print('more'); print('oh', file=sys.stderr)"
    part = await python(parts, code)

    assert await part.ready() == {"port": 1}
    await part.finished()
    assert sorted(capfd.readouterr().err.splitlines()) == ["example   | more", "example   | oh"]


async def test_a_part_that_ends_before_it_is_ready_says_how_and_why(parts: list[Part]) -> None:
    part = await python(parts, "import sys; print('no room', file=sys.stderr); sys.exit(7)")

    with pytest.raises(PartEnded, match=r"^example \(process \d+\) has ended with exit status 7\.[^$]*no room"):
        await part.ready()


async def test_a_part_that_was_killed_names_the_signal(parts: list[Part]) -> None:
    part = await python(parts, "import time; time.sleep(600)")
    part.process.kill()

    assert "has ended by SIGKILL. It said nothing." in await part.ended()


async def test_waiting_for_the_end_of_a_part_can_be_given_up(parts: list[Part]) -> None:
    part = await python(parts, "import sys; print('{}', flush=True); import time; time.sleep(600)")
    await part.ready()
    waiting = asyncio.create_task(part.ended())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    part.process.terminate()

    assert "has ended by SIGTERM" in await part.ended()


def test_a_part_ends_when_whoever_started_it_was_killed() -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER], cwd=ROOT, text=True, stdout=subprocess.PIPE)
    assert starter.stdout is not None
    sleeper = psutil.Process(int(starter.stdout.readline()))
    starter.send_signal(signal.SIGKILL)
    starter.communicate()

    sleeper.wait(ENDED_SECONDS_MAX)
    assert not sleeper.is_running()
