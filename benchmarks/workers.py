"""CPU time per event with two workers against one: `python -m benchmarks.workers DSN COUNT` is one of COUNT workers."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg
import uvloop

from benchmarks.history import EVENTS_PER_TICKET, make_history
from benchmarks.measuring import Bound, Result, alternate
from benchmarks.setting import Setting, assembled
from services.embedded import Server
from services.garbage import collect_rarely
from services.logs import configure_logs
from services.settings import LogLevel
from services.wiring import Zixun
from shared_events.runtime.checkpoints import Checkpoints
from shared_events.runtime.effects import Effects
from shared_events.runtime.runner import Resources, Runner
from shared_events.runtime.sharing import LOOK_SECONDS, Shares
from shared_events.store.partition import PARTITIONS

ROOT: Final = Path(__file__).parents[1]
CONSUMER: Final = "ledger"


async def measure(setting: Setting) -> AsyncIterator[Result]:
    """One result. Two cores would hide what sharing costs; the CPU time of workers and database together does not."""
    tickets = setting.either(8_000, 60)
    async with setting.database() as dsn:
        async with assembled(dsn) as zixun:
            await make_history(zixun, tickets)
        await _fold(setting.server, dsn, 1)
        connection = await asyncpg.connect(dsn)
        await connection.execute("vacuum analyze")
        await connection.close()

        async def with_workers(count: int) -> float:
            return await _fold(setting.server, dsn, count) / (tickets * EVENTS_PER_TICKET) * 1e6

        mine, theirs = await alternate(lambda: with_workers(2), lambda: with_workers(1), setting.either(3, 1))
    goal = [Bound("ratio", "<", 1.15)]
    note = "views from the log, CPU time of workers and database together, against one worker"
    yield Result(name="CPU time with two workers", unit="µs/event", ours=mine, peer=theirs, goal=goal, note=note)


async def _fold(server: Server, dsn: str, count: int) -> float:
    """The seconds of CPU time that `count` workers take from nothing to the end of the log, with the database's."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("truncate ledger.ticket, ledger.checkpoint, ledger.share, ledger.member; checkpoint")
    await connection.close()
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(_worker(dsn, count)) for _ in range(count)]
        for worker in workers:
            assert await worker.heard() == "ready", "expected a worker that has its share"
        before = _seconds_of(server)
        for worker in workers:
            worker.begin()
        own = [float(await worker.heard()) for worker in workers]
        return sum(own) + _seconds_of(server) - before


class _Worker:
    """A process that is told what to do by lines, and answers with lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None, "it was started with a pipe"
        assert process.stdout is not None, "it was started with a pipe"
        self._to, self._from = process.stdin, process.stdout

    def begin(self) -> None:
        self._to.write(b"begin\n")

    def end(self) -> None:
        self._to.close()

    async def heard(self) -> str:
        return (await self._from.readline()).decode().strip()


@asynccontextmanager
async def _worker(dsn: str, count: int) -> AsyncIterator[_Worker]:
    command = [sys.executable, "-m", "benchmarks.workers", dsn, str(count)]
    pipe, devnull = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=devnull)
    worker = _Worker(process)
    try:
        yield worker
    finally:
        worker.end()
        await process.wait()


def _seconds_of(server: Server) -> float:
    """The CPU time of the server with all its processes, also those that have ended."""
    postmaster = server.postmaster()
    assert postmaster is not None, "the server runs"
    ended = postmaster.cpu_times()
    living = [process.cpu_times() for process in postmaster.children()]
    return ended.children_user + ended.children_system + sum(times.user + times.system for times in living)


async def _work(dsn: str, count: int) -> None:
    """Takes in its share of the log when it is told to; says how much CPU time that took."""
    configure_logs(LogLevel.INFO)
    collect_rarely()
    async with assembled(dsn) as zixun:
        worker = str(zixun.ids.new())
        shares = Shares(
            zixun.presence, zixun.pool, schema=CONSUMER, consumer=CONSUMER, holder=worker, clock=zixun.clock
        )
        while len(await shares.hold()) != PARTITIONS // count:  # noqa: ASYNC110 - the other process gives up its part
            await asyncio.sleep(LOOK_SECONDS)
        print("ready", flush=True)
        told = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
        while not told.done():
            await shares.hold()
            await asyncio.wait([told], timeout=LOOK_SECONDS)
        began = time.process_time()
        runner = _runner(zixun, shares)
        while await runner.turn():
            pass
        print(time.process_time() - began, flush=True)
        await asyncio.to_thread(sys.stdin.readline)


def _runner(zixun: Zixun, shares: Shares) -> Runner:
    effects = Effects(zixun.services[CONSUMER].views, [])
    resources = Resources(log=zixun.log, shares=shares, clock=zixun.clock, progressed=zixun.progress.moved)
    return Runner(Checkpoints(zixun.pool, CONSUMER, CONSUMER), effects, resources)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as running:
        running.run(_work(sys.argv[1], int(sys.argv[2])))
