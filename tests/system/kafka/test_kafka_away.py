"""Kafka is away under load: writes go on, nothing heaps up in memory, and all catches up when it is back."""

import asyncio
import itertools
from pathlib import Path
from typing import Final

import pytest

from tests.system.crash.audit import settle_and_check
from tests.system.crash.victim import Load, Victim, make_victim
from tests.system.kafka.conftest import Far

HELD_BYTES_MAX: Final = 64 * 1024 * 1024
"""What a process may come to hold while Kafka is away, however long that is.

A relay reads up to a thousand events of each of twelve partitions before it finds that it cannot send them, and the
producer has them once more: with the events of about a kilobyte that the load writes, two times 12 MB for intake, which
alone goes on. The writes themselves fill what is remembered whether Kafka is there or not: the keys of 20,000 persons.
The rest is what Python does not give back. What waits is in the database.
"""
WRITERS: Final = 6

Written = list[tuple[str, str]]
"""Ticket and position of its classification."""


@pytest.mark.timeout(300)
async def test_while_kafka_is_away_writes_go_on_and_afterwards_all_catches_up(
    database: str, far: Far, tmp_path: Path
) -> None:
    victim = await make_victim(database, tmp_path / "log", cluster=far.cluster)
    load = await warmed_up(victim)
    before = victim.resident_bytes

    written, _ = await outage(far, victim, load, seconds=3, times=0)

    assert victim.resident_bytes - before < HELD_BYTES_MAX
    await asyncio.gather(*(load.claim(f"late-{ticket}", ticket, seen) for ticket, seen in written[-20:]))
    await settle_and_check(database, load, victim)


@pytest.mark.torture
@pytest.mark.timeout(1800)
async def test_however_long_that_is_and_however_often(database: str, far: Far, tmp_path: Path) -> None:
    victim = await make_victim(database, tmp_path / "log", cluster=far.cluster)
    load = await warmed_up(victim)
    for seconds in (20, 240, 60):
        before = victim.resident_bytes
        _, most = await outage(far, victim, load, seconds=seconds, times=2)
        assert most - before < HELD_BYTES_MAX, f"in {seconds} s it grew from {before} to {most} bytes"
        await load.consult(f"after {seconds}")
    await settle_and_check(database, load, victim)


async def warmed_up(victim: Victim) -> Load:
    """Started, and every path gone once, so that what is loaded and cached once is there."""
    await victim.start()
    load = Load(victim)
    await asyncio.gather(*(load.consult(f"before-{caller}") for caller in range(WRITERS)))
    return load


async def outage(far: Far, victim: Victim, load: Load, *, seconds: float, times: int) -> tuple[Written, int]:
    """What was written meanwhile, and the most memory that it took; it lasts until the relay has given up so often."""
    enough = asyncio.Event()
    written: Written = []
    told, outages = failures(victim), load.outages
    await asyncio.to_thread(far.brokers.say, "kill 1")
    writing = asyncio.gather(*(write_until(enough, load, f"{seconds}-{each}", written) for each in range(WRITERS)))
    most = 0
    for _ in range(round(seconds * 2)):
        await asyncio.sleep(0.5)
        most = max(most, victim.resident_bytes)
    async with asyncio.timeout(60):
        while failures(victim) < told + times:  # noqa: ASYNC110 - another process fails
            await asyncio.sleep(0.1)
    async with victim.http as http:
        assert (await http.get("/readyz")).status_code == 204, "who serves stays ready"
    enough.set()
    await writing
    assert load.outages == outages, "a write was refused because Kafka was away"
    assert written
    await asyncio.to_thread(far.brokers.say, "start 1")
    return written, most


async def write_until(enough: asyncio.Event, load: Load, name: str, written: Written) -> None:
    """Consultations that are received and classified; claiming them has to wait for the log."""
    for number in itertools.count():
        ticket = await load.receive(f"{name}-{number}")
        written.append((ticket, await load.classify(f"{name}-{number}", ticket)))
        if enough.is_set():
            return


def failures(victim: Victim) -> int:
    """How often its relay of intake has failed."""
    assert victim.log is not None, "it writes its log somewhere"
    return sum("loop failed" in line and "relay intake" in line for line in victim.log.read_text().splitlines())
