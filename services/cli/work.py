"""`zixun work`: the relays and consumers, where services run apart."""

import asyncio
import signal
import sys
from contextlib import suppress

from services.cli.ports import refuse_taken_port
from services.logs import configure_logs
from services.settings import Settings, load_settings


def work() -> None:
    """Bring events to the log and take them in, for services that other processes serve, until Ctrl-C.

    Several may run, up to twelve with profit: they share the partitions of every consumer, and one of them relays each
    source. When one ends, the others take over what it had. With ZIXUN_METRICS_PORT it answers /livez, /readyz and
    /metrics there.

    Examples:

        ZIXUN_DATABASE_URL=… ZIXUN_MASTER_KEY=… zixun work

        ZIXUN_DATABASE_URL=… ZIXUN_MASTER_KEY=… ZIXUN_METRICS_PORT=9100 zixun work
    """
    import uvloop

    settings = load_settings()
    configure_logs(settings.log_level)
    if settings.metrics_port is not None:
        refuse_taken_port(settings.host, settings.metrics_port, "ZIXUN_METRICS_PORT")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, suppress(asyncio.CancelledError):
        runner.run(_work(settings))
    print("The worker has ended.", file=sys.stderr)


async def _work(settings: Settings) -> None:
    from services.app import work_alone

    working = asyncio.create_task(work_alone(settings))
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(ending, working.cancel)
    await working
