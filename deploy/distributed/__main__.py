"""`make run-distributed`: the whole system as separate processes on this machine, until Ctrl-C."""

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import typer

from deploy.distributed.centre import Centre, LogEngine, free_ports, running
from deploy.distributed.parts import PartEnded, say
from services.cli.failures import Failure, Status, as_failure
from services.logs import configure_logs
from services.settings import LogLevel, Settings, load_settings

DATA: Final = Path(".zixun/distributed")


def main(
    log: Annotated[LogEngine, typer.Option(help="What keeps the log.")] = LogEngine.KAFKA,
    copies: Annotated[
        int | None, typer.Option(help="Copies of each topic; one on a Kafka that is started for this.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print where everything is as one JSON object.")] = False,
) -> None:
    """Start PostgreSQL, Kafka, one process per service, two workers, and a gateway in front; Ctrl-C ends all of it.

    The settings are those of `zixun run`: the gateway listens on ZIXUN_PORT, the data is in ZIXUN_DATA or else in
    .zixun/distributed, and ZIXUN_DATABASE_URL uses a database of yours. KAFKA_BOOTSTRAP_SERVERS uses a Kafka of yours.

    Examples:

        python -m deploy.distributed

        python -m deploy.distributed --log postgres

        KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 python -m deploy.distributed --copies 1
    """
    try:
        why = asyncio.run(_run(log, copies, as_json=as_json))
    except Exception as error:
        failure = as_failure(error)
        if failure is None:
            raise  # a bug, loud
        say(f"run-distributed: {failure}")
        raise typer.Exit(failure.status) from None
    say(why or "Everything has ended.")
    raise typer.Exit(Status.FAILED if why else 0)


async def _run(log: LogEngine, copies: int | None, *, as_json: bool) -> str:
    """Why it ended by itself; nothing if it was told to."""
    running_it = asyncio.current_task()
    assert running_it is not None, "asyncio runs it"
    loop, told = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        if not told.is_set():  # a second Ctrl-C must not leave anything behind
            told.set()
            running_it.cancel()

    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(ending, end)
    settings = _with_its_own_data(load_settings())
    if free_ports(settings.port, 1) != [settings.port]:
        raise Failure(f"ZIXUN_PORT: expected port {settings.port} to be free, found it in use.", Status.IN_USE)
    configure_logs(LogLevel.WARNING)
    environment = dict(os.environ)  # noqa: TID251 - what is set for the whole is passed on to its parts
    with suppress(asyncio.CancelledError):
        try:
            async with running(settings, environment, log, copies) as centre:
                _announce(centre, settings, as_json=as_json)
                return await centre.until_one_ends()
        except PartEnded as ended:
            raise Failure(str(ended), Status.FAILED) from None
    return ""


def _with_its_own_data(settings: Settings) -> Settings:
    """Not the folder of `make run`, if none is named: what has its log in Kafka once is refused elsewhere."""
    return settings if "data" in settings.model_fields_set else settings.model_copy(update={"data": DATA})


def _announce(centre: Centre, settings: Settings, *, as_json: bool) -> None:
    processes = {part.name: part.process.pid for part in centre.parts}
    if as_json:
        document = {"url": centre.address, "pid": os.getpid(), "services": centre.services, "processes": processes}
        _print(json.dumps({**document, "log": centre.log, "gateway": centre.gateway}))
        return
    lines = [
        f"Zixun is ready on {centre.address} (the API is described on {centre.address}/docs).",
        f"  gateway   {centre.address}  process {processes['gateway']} ({centre.gateway})",
        *(f"  {name:10}http://{where}  process {processes[name]}" for name, where in centre.services.items()),
        *(f"  {name:10}process {pid}" for name, pid in processes.items() if name.startswith("worker")),
        f"  log       {centre.log}",
        f"Get a token in another terminal:  ZIXUN_DATA={settings.data} zixun token create --role agent --name YOU",
        "Ctrl-C ends all of it.",
    ]
    _print("\n".join(lines))


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    typer.run(main)
