"""`zixun log …`: take the log to where it is to be kept."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.failures import Failure, Status
from services.cli.progress_bars import progress_bars

if TYPE_CHECKING:
    from services.settings import Settings
    from shared_events.log.cluster import Cluster
    from shared_events.log.moving import Moved


def build() -> typer.Typer:
    """The verbs about the log."""
    app = typer.Typer(help="Take the log to where it is to be kept.", no_args_is_help=True)
    app.command("migrate")(migrate)
    return app


def migrate(as_json: Annotated[bool, typer.Option("--json", help="Print what was moved as JSON.")] = False) -> None:
    """Take the log of this installation from PostgreSQL to Kafka, for a centre that outgrows one machine.

    Every event comes to the offset that it has, and the log keeps its identity, so that everything goes on where it
    was. All of it is read back and compared to the last byte, and only then does the database say that the log is in
    Kafka. Nothing may run meanwhile. A move that was interrupted is repeated, and goes on where it stopped.

    The topics have to be there, and empty: `zixun topics apply` makes them.

    Examples:

        ZIXUN_KAFKA_BOOTSTRAP_SERVERS=kafka-1:9092,kafka-2:9092 zixun log migrate
    """
    import asyncio

    from services.logs import configure_logs
    from services.settings import LogLevel, load_settings

    configure_logs(LogLevel.WARNING)
    settings = load_settings()
    if settings.cluster is None:
        raise Failure(
            "ZIXUN_KAFKA_BOOTSTRAP_SERVERS: expected the address of the cluster that the log is to be taken to, "
            "found none",
            Status.SETTING,
        )
    moved, seconds = asyncio.run(_migrate(settings, settings.cluster, silent=as_json))
    if as_json:
        print(json.dumps(_document(moved, seconds)))
    else:
        _print(moved, seconds)


async def _migrate(settings: "Settings", cluster: "Cluster", *, silent: bool) -> "tuple[Moved, float]":
    from aiokafka.errors import KafkaError

    from services.database import connect_pool, own_database
    from services.standstill import standstill
    from shared_events.clock import SystemClock
    from shared_events.log.moving import Move

    clock = SystemClock()
    began = clock.monotonic()
    async with (
        own_database(settings, clock) as dsn,
        await connect_pool(dsn, settings) as pool,
        standstill(pool, clock) as alone,
    ):
        with progress_bars(silent=silent) as begin:
            try:
                async with Move(pool, cluster, stay_alone=alone.stay, begin=begin) as move:
                    moved = await move.carry_out()
            except (KafkaError, TimeoutError) as error:
                raise Failure(
                    f"Kafka at {cluster.bootstrap_servers} failed in the middle: {type(error).__name__} {error}. The "
                    "log is in PostgreSQL as before; repeat this, and it goes on where it stopped.",
                    Status.KAFKA,
                ) from error
    return moved, round(clock.monotonic() - began, 1)


def _document(moved: "Moved", seconds: float) -> dict[str, Any]:
    return {
        "log_id": str(moved.log_id),
        "events": sum(moved.events.values()),
        "found": moved.found,
        "heartbeats": moved.heartbeats,
        "partitions": {str(partition): count for partition, count in moved.events.items()},
        "seconds": seconds,
    }


def _print(moved: "Moved", seconds: float) -> None:
    if not moved.events:
        print(f"Log {moved.log_id} is in Kafka already; nothing was done.")
        return
    print(f"Log {moved.log_id} is in Kafka now: {sum(moved.events.values())} events, compared to the last byte.")
    for partition, count in moved.events.items():
        print(f"partition {partition:2}: {count}")
    if moved.found:
        print(f"{moved.found} of them were there already.")
    print(f"It took {seconds} seconds. Start every process with ZIXUN_KAFKA_BOOTSTRAP_SERVERS from now on.")
