"""`python -m benchmarks [NAME…] [--short]`: measures, and prints one line of JSON for each result."""

import argparse
import asyncio
import json
import sys
import traceback
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final

import psutil
import uvloop

from benchmarks import (
    appending,
    deadlines,
    eventsourcing_library,
    incidents,
    memory,
    over_kafka,
    reception,
    size,
    ticket_read,
    timers,
    views,
    visibility,
    whole_consultations,
    workers,
)
from benchmarks.measuring import Result, Skipped
from benchmarks.setting import Setting, setting
from services.garbage import collect_rarely
from services.logs import configure_logs
from services.settings import LogLevel

CORES: Final = 2

MEASUREMENTS: Final[Mapping[str, Callable[[Setting], AsyncIterator[Result]]]] = {
    "append": appending.measure,
    "eventsourcing": eventsourcing_library.measure,
    "reception": reception.measure,
    "consultations": whole_consultations.measure,
    "visibility": visibility.measure,
    "views": views.measure,
    "workers": workers.measure,
    "read": ticket_read.measure,
    "timers": timers.measure,
    "size": size.measure,
    "memory": memory.measure,
    "deadlines": deadlines.measure,
    "incidents": incidents.measure,
    "kafka": over_kafka.measure,
    "kafka-visibility": visibility.measure_over_kafka,
}


def main(arguments: Sequence[str]) -> int:
    """The exit status: 0 if everything could be measured, whatever came out; 1 if something failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"of {', '.join(MEASUREMENTS)}; all, if none is given")
    parser.add_argument("--short", action="store_true", help="a few seconds in all: shows only that it works")
    wanted = parser.parse_args(arguments)
    unknown = [name for name in wanted.names if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"there is no measurement {unknown[0]!r}; expected one of {', '.join(MEASUREMENTS)}")
    configure_logs(LogLevel.ERROR)
    _keep_to_cores(CORES)
    collect_rarely()
    with setting(short=wanted.short) as given, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        results = [runner.run(_measure(name, given)) for name in wanted.names or MEASUREMENTS]
    return 0 if all(results) else 1


async def _measure(name: str, given: Setting) -> bool:
    try:
        async for result in MEASUREMENTS[name](given):
            print(result.line(), flush=True)
    except Skipped as skipped:
        print(json.dumps({"name": name, "skipped": str(skipped)}), flush=True)
    except Exception:  # noqa: BLE001 - the other measurements go on, and the exit status tells
        print(f"{name} failed:\n{traceback.format_exc()}", file=sys.stderr, flush=True)
        return False
    return True


def _keep_to_cores(count: int) -> None:
    """Client, server and database share them: what is started from here inherits the choice."""
    this = psutil.Process()
    if hasattr(this, "cpu_affinity"):
        this.cpu_affinity(this.cpu_affinity()[:count])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
