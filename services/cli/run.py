"""`zixun run`: everything in one process."""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Annotated

import typer

from services.cli.failures import Failure, Status
from services.cli.ports import refuse_taken_port
from services.instance import refuse_second
from services.logs import configure_logs
from services.settings import Settings, describe_settings, load_settings


def run(
    only: Annotated[
        list[str] | None,
        typer.Option(help="Serve the API of this service alone; repeat it for several. All, if absent."),
    ] = None,
    work: Annotated[
        bool, typer.Option(help="Relay and consume too; leave it to `zixun work` where services run apart.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the address as one JSON object when ready.")] = False,
) -> None:
    """Start Zixun: database, services and HTTP in one process, until Ctrl-C.

    The first start makes a database in the data folder, a later one finds it again. The addresses are printed when all
    is ready; `/docs` describes the API.

    Examples:

        zixun run

        ZIXUN_PORT=9000 ZIXUN_DATA=/var/lib/zixun zixun run

        ZIXUN_DATABASE_URL=postgresql://zixun@db/zixun ZIXUN_MASTER_KEY=… zixun run

        ZIXUN_DATABASE_URL=… ZIXUN_PORT=8001 zixun run --only intake --no-work
    """
    import uvloop

    settings = load_settings()
    _refuse_unknown(only or [])
    configure_logs(settings.log_level)
    if settings.database_url is None:
        refuse_second(settings.data)
    refuse_taken_port(settings.host, settings.port, "ZIXUN_PORT")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, suppress(asyncio.CancelledError):
        runner.run(_serve(settings, only or [], work=work, as_json=as_json))
    print("Zixun has ended.", file=sys.stderr)


def settings_manual() -> str:
    """The settings, as the end of the help page."""
    lines = (f"- `{name}`: {expected} (default: {default})" for name, default, expected in describe_settings())
    return "Settings (environment variables):\n\n" + "\n".join(lines)


async def _serve(settings: Settings, only: Sequence[str], *, work: bool, as_json: bool) -> None:
    from services.app import serve

    serving = asyncio.create_task(serve(settings, only, work=work))
    ready = asyncio.create_task(_announce(settings, as_json=as_json))
    loop = asyncio.get_running_loop()

    def end(_signal: int, _frame: FrameType | None) -> None:
        # Once it serves, uvicorn takes the signal, winds down, and raises it again: then there is nothing left to do.
        if not ready.done():
            loop.call_soon_threadsafe(serving.cancel)

    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, end)
    try:
        await serving
    finally:
        ready.cancel()


async def _announce(settings: Settings, *, as_json: bool) -> None:
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(settings.host, settings.port)
            writer.close()
            break
        await asyncio.sleep(0.05)
    url = f"http://{settings.host}:{settings.port}"
    if as_json:
        print(json.dumps({"url": url, "pid": os.getpid()}), flush=True)
        return
    print(f"Zixun is ready on {url} (the API is described on {url}/docs).", flush=True)
    print(f"Get a token in another terminal:  {_program()} token create --role agent --name YOU", flush=True)
    print("Ctrl-C ends it.", flush=True)


def _program() -> str:
    """How a user calls us: by name where that works, else by the way that they just took."""
    return "zixun" if shutil.which("zixun") else os.path.relpath(sys.argv[0])


def _refuse_unknown(only: Sequence[str]) -> None:
    from services.wiring import SERVICES

    for name in only:
        if name not in SERVICES:
            raise Failure(f"--only: expected one of {', '.join(SERVICES)}, found {name!r}.", Status.USAGE)
