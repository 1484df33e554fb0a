"""`POST /v1/consultations` of intake alone, against FastAPI that validates and echoes the same body."""

from collections.abc import AsyncIterator
from typing import Final

from benchmarks.consultation import ASKED
from benchmarks.measuring import Bound, Result, alternate
from benchmarks.served import served
from benchmarks.setting import Setting, agent
from benchmarks.wrk import Wrk

PATH: Final = "/v1/consultations"


async def measure(setting: Setting) -> AsyncIterator[Result]:
    """One result."""
    seconds = setting.either(5, 1)
    async with setting.database() as dsn, served("intake", dsn) as intake, served("echo", dsn) as echo:
        headers = await agent(dsn)
        of_intake, of_echo = Wrk(intake.port, headers, seconds), Wrk(echo.port, headers, seconds)
        mine, theirs = await alternate(
            lambda: of_intake.post(PATH, ASKED), lambda: of_echo.post(PATH, ASKED), setting.rounds
        )
    yield Result(name=f"POST {PATH}", unit="requests/s", ours=mine, peer=theirs, goal=[Bound("ratio", ">=", 0.5)])
