"""`zixun topics …`: the topics of the log in Kafka, as they have to be."""

import asyncio
import json
import tomllib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from services.cli.failures import Failure, Status
from services.settings import LogLevel, load_settings

if TYPE_CHECKING:
    from shared_events.log.cluster import Cluster
    from shared_events.log.topics import Copies, Step

SHIPPED: Final = Path(__file__).parents[2] / "deploy" / "kafka" / "topics.toml"
FIELDS: Final = ("replication_factor", "min_insync_replicas")

File = Annotated[
    Path | None, typer.Option(help="What the centre chose; by default deploy/kafka/topics.toml of the release.")
]
ReplicationFactor = Annotated[int | None, typer.Option(min=1, help="How many copies, instead of what the file says.")]
MinInsyncReplicas = Annotated[
    int | None, typer.Option(min=1, help="How many copies before an event is accepted, instead of what the file says.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON array, an object for each difference.")]


def build() -> typer.Typer:
    """The verbs about topics."""
    app = typer.Typer(help="Make the topics of the log in Kafka as they have to be.", no_args_is_help=True)
    app.command("plan")(plan)
    app.command("apply")(apply)
    app.command("check")(check)
    return app


def plan(
    *,
    file: File = None,
    replication_factor: ReplicationFactor = None,
    min_insync_replicas: MinInsyncReplicas = None,
    as_json: AsJson = False,
) -> None:
    """Say what differs, and what `apply` would do about it. Nothing is changed.

    The exit status is 1 if there is something that `apply` would refuse.

    Examples:

        zixun topics plan

        zixun topics plan --file deploy/kafka/topics.toml --json
    """
    from shared_events.log.topics import Kind
    from shared_events.log.topics import plan as plan_topics

    steps = asyncio.run(plan_topics(_cluster(), _copies(file, replication_factor, min_insync_replicas)))
    _print(steps, as_json=as_json)
    if any(step.kind is Kind.REFUSED for step in steps):
        raise Failure("`zixun topics apply` would refuse this.", Status.FAILED)


def apply(
    *,
    file: File = None,
    replication_factor: ReplicationFactor = None,
    min_insync_replicas: MinInsyncReplicas = None,
    log_id: Annotated[
        UUID | None, typer.Option(help="Which log this is, if it knew before and its control topic was lost.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the topics where they are missing, mend their settings, and give a new log its identity.

    Repeating it is harmless. The number of partitions and of copies is fixed when a topic is made: where it differs,
    nothing is done, and the reason is said.

    Examples:

        zixun topics apply

        zixun topics apply --replication-factor 1 --min-insync-replicas 1
    """
    steps = asyncio.run(_apply(_cluster(), _copies(file, replication_factor, min_insync_replicas), log_id))
    _print(steps, as_json=as_json)


def check(
    *,
    file: File = None,
    replication_factor: ReplicationFactor = None,
    min_insync_replicas: MinInsyncReplicas = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the topics are as they have to be; the exit status is 1 if they are not.

    `zixun run` asks the same before it starts, but leaves the number of copies to you.

    Examples:

        zixun topics check

        zixun topics check --json
    """
    from shared_events.log.topics import plan as plan_topics

    steps = asyncio.run(plan_topics(_cluster(), _copies(file, replication_factor, min_insync_replicas)))
    _print(steps, as_json=as_json)
    if steps:
        raise Failure(f"Expected the topics to be as they have to be, found {len(steps)} differences.", Status.FAILED)


async def _apply(cluster: "Cluster", copies: "Copies", log_id: UUID | None) -> "list[Step]":
    from shared_events.clock import SystemClock
    from shared_events.ids import IdSource
    from shared_events.log.topics import apply as apply_topics
    from shared_events.log.topics import identity

    steps = await apply_topics(cluster, copies, log_id or IdSource(SystemClock()).new())
    found = await identity(cluster)
    if log_id not in {None, found}:
        raise Failure(f"--log-id: expected {found}, which this log is already, found {log_id}.", Status.USAGE)
    return steps


def _cluster() -> "Cluster":
    from services.logs import configure_logs

    configure_logs(LogLevel.WARNING)
    cluster = load_settings().cluster
    if cluster is None:
        raise Failure(
            "ZIXUN_KAFKA_BOOTSTRAP_SERVERS: expected the address of the cluster that has the topics, found none",
            Status.SETTING,
        )
    return cluster


def _copies(file: Path | None, replication_factor: int | None, min_insync_replicas: int | None) -> "Copies":
    from shared_events.log.topics import Copies

    chosen = _read(file or SHIPPED) if file or SHIPPED.exists() else {}
    given = zip(FIELDS, (replication_factor, min_insync_replicas), strict=True)
    try:
        return Copies(**chosen | {name: value for name, value in given if value is not None})
    except ValueError as wrong:
        raise Failure(f"The copies of the topics: {wrong}", Status.USAGE) from None


def _read(file: Path) -> dict[str, int]:
    try:
        chosen = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(f"--file: expected a file in TOML, found {file}: {error}", Status.USAGE) from None
    for name, value in chosen.items():
        if name not in FIELDS or type(value) is not int:
            expected = f"{' and '.join(FIELDS)}, whole numbers"
            raise Failure(f"--file: expected {expected}, found {name} = {value!r} in {file}", Status.USAGE)
    return chosen


def _print(steps: "Sequence[Step]", *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([{**asdict(step), "sentence": step.sentence} for step in steps], ensure_ascii=False))
        return
    for step in steps:
        print(f"{step.kind:9} {step.sentence}")
    if not steps:
        print("The topics are as they have to be.")
