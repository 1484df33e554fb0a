"""A Kafka broker that is thrown away, with topics of one's own for every round."""

import asyncio
import itertools
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from benchmarks.measuring import Skipped
from shared_events.clock import SystemClock
from shared_events.ids import IdSource
from shared_events.log.cluster import Cluster
from shared_events.log.topics import Copies, apply

LAUNCHER: Final = Path(__file__).parents[1] / "deploy" / "kafka" / "launch.py"
UNOBTAINABLE: Final = 3

_rounds = itertools.count(1)


@asynccontextmanager
async def broker() -> AsyncIterator[str]:
    """Its address, until the block ends."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, str(LAUNCHER), "--until-stdin-closes"]
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL)
    assert process.stdin is not None, "it has a pipe"
    assert process.stdout is not None, "it has a pipe"
    try:
        line = await process.stdout.readline()
        if not line:
            if await process.wait() == UNOBTAINABLE:
                raise Skipped("there is no Java here, or the jars of Kafka cannot be had")
            raise RuntimeError(f"expected a broker, found that it ended with {process.returncode}")
        yield str(json.loads(line)["bootstrap_servers"])
    finally:
        process.stdin.close()
        await process.wait()


async def new_topics(address: str) -> Cluster:
    """On which nobody has written."""
    cluster = Cluster(bootstrap_servers=address, prefix=f"bench-{next(_rounds)}")
    await apply(cluster, Copies(replication_factor=1, min_insync_replicas=1), IdSource(SystemClock()).new())
    return cluster
