"""One run: a seed decides who works, who dies, and when; in the end everything must add up."""

import asyncio
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

from shared_events.contracts.envelope import GENESIS, chained_digest
from shared_events.runtime.ports import Fenced
from shared_events.runtime.timers import WAIT_SECONDS
from shared_events.store.partition import partition_of
from tests.system.simulation.alarms import AFTER
from tests.system.simulation.database import Database
from tests.system.simulation.virtual_time import run
from tests.system.simulation.world import SOURCES, Disk, Parts, Process, consult

TICKETS: Final = tuple([f"t-{number}" for number in range(200) if partition_of(f"t-{number}") in {0, 11}][:6])
"""They share two partitions, so that they are in each other's way: the first and the last, which two workers share."""
CATCH_UP_SECONDS_MAX = 120.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left when the dust has settled."""

    disk: Disk
    acknowledged: frozenset[tuple[str, str]]
    stopped: tuple[str, ...]
    workers: frozenset[str]
    """Those that live in the end."""


def play(seed: int, parts: Parts | None = None) -> Outcome:
    """The same seed plays the same, to the event."""
    return run(_play(Random(seed), parts or Parts()))


def check(outcome: Outcome) -> None:
    """The promises P1 to P5, as arithmetic."""
    disk = outcome.disk
    assert outcome.stopped == (), f"a partition stands still: {outcome.stopped}"
    for source in SOURCES:
        _check_numbers(disk, source)
        _check_log(disk, source)
    _check_acknowledged(outcome)
    _check_effects(disk)
    _check_alarms(disk)
    assert _is_shared_out(disk, outcome.workers), [tables.holders for tables in disk.shares.values()]


async def _play(random: Random, parts: Parts) -> Outcome:
    disk = Disk(Database(random))
    acknowledged: set[tuple[str, str]] = set()
    processes = [Process(f"first {number}", disk, random, parts) for number in range(random.randint(1, 2))]
    clients = [_client(ticket, processes, random, acknowledged) for ticket in TICKETS]
    working = [asyncio.create_task(client) for client in clients]
    for number in range(random.randint(0, 4)):
        await asyncio.sleep(random.random() * 0.3)
        await _disturb(number, disk, processes, random, parts)
    await asyncio.gather(*working)
    await _settled(disk, processes)
    stopped = tuple(
        str(error)
        for process in processes
        for runner in process.runners
        for error in runner.stopped.values()
        if not isinstance(error, Fenced)  # it looks again in a moment
    )
    for process in processes:
        await process.kill()
    return Outcome(disk, frozenset(acknowledged), stopped, frozenset(process.name for process in processes))


async def _client(ticket: str, processes: list[Process], random: Random, acknowledged: set[tuple[str, str]]) -> None:
    """Goes to another process when the one it talks to dies."""
    await asyncio.sleep(random.random() * 0.3)
    while True:
        process = random.choice(processes)
        task = process.start(consult(process, ticket, random, acknowledged))
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()
            return


async def _disturb(number: int, disk: Disk, processes: list[Process], random: Random, parts: Parts) -> None:
    match random.choice(["kill", "kill", "away", "expire", "sleep", "join"]):
        case "kill":
            place = random.randrange(len(processes))
            dying = processes[place]
            processes[place] = Process(f"later {number}", disk, random, parts)
            await dying.kill()
            if random.random() < 0.5:
                for tables in disk.shares.values():
                    tables.members.pop(dying.name, None)  # its session is gone, and that is seen at once
        case "join":
            processes.append(Process(f"joined {number}", disk, random, parts))
        case "sleep":
            sleeper = random.choice(processes).name
            for tables in disk.shares.values():
                tables.members[sleeper] = 0.0  # as if it had been stopped, and does not know it yet
        case "away":
            disk.database.away_until = asyncio.get_running_loop().time() + random.random()
        case _:
            for row in disk.leases.values():
                row.expires_at = 0.0  # as if its holder had been stopped for longer than the lease


async def _settled(disk: Disk, processes: list[Process]) -> None:
    """Until there is nothing left to do, or for so long that whatever is missing will never come."""
    end = asyncio.get_running_loop().time() + CATCH_UP_SECONDS_MAX
    workers = {process.name for process in processes}
    while not (_is_caught_up(disk) and _is_shared_out(disk, workers)) and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110 - no part can tell
        await asyncio.sleep(0.5)  # virtual


def _is_caught_up(disk: Disk) -> bool:
    stored = sum(len(events) for tables in disk.tables.values() for events in tables.events.values())
    ends = {partition: len(entries) for partition, entries in disk.entries.by_partition.items()}
    is_quiet = all(row.due_at is None for row in disk.tickets.tickets.values())
    return (
        is_quiet
        and stored == sum(ends.values())
        and all(
            {partition: row.checkpoint.next_offset for partition, row in consumer.rows.items()}.items() >= ends.items()
            for consumer in disk.consumers.values()
        )
    )


def _is_shared_out(disk: Disk, workers: Collection[str]) -> bool:
    """Every partition is somebody's who lives, and nobody has two more than another."""
    held = [Counter(tables.holders.values()) for tables in disk.shares.values()]
    return all(
        set(counts) <= set(workers) and max(counts.values()) - min(counts[worker] for worker in workers) <= 1
        for counts in held
    )


def _check_numbers(disk: Disk, source: str) -> None:
    """P2 and P7: numbered 1, 2, 3 …, versions too, every stream chained."""
    tables = disk.tables[source]
    for partition, events in tables.events.items():
        assert [event.sequence for event in events] == list(range(1, len(events) + 1)), (source, partition)
    for subject, stream in tables.streams.items():
        assert [event.version for event in stream] == list(range(1, len(stream) + 1)), (source, subject)
        previous = GENESIS
        for event in stream:
            assert event.digest == chained_digest(previous, event), (source, subject, event.version)
            previous = event.digest


def _check_log(disk: Disk, source: str) -> None:
    """P1 and P3: everything of the store is in the log, in its order, once."""
    for partition, events in disk.tables[source].events.items():
        entries = [entry.stored for entry in disk.entries.by_partition.get(partition, [])]
        assert [stored for stored in entries if stored.source == source] == events, (source, partition)


def _check_acknowledged(outcome: Outcome) -> None:
    """P1 and P5: what was acknowledged happened, and happened once."""
    types = {
        "receive": "ConsultationReceived",
        "classify": "ConsultationClassified",
        "withdraw": "ConsultationWithdrawn",
    }
    streams = outcome.disk.tables["intake"].streams
    for ticket, command in outcome.acknowledged:
        assert Counter(event.type for event in streams[ticket])[types[command]] == 1, (ticket, command)


def _check_effects(disk: Disk) -> None:
    """P4: every event was taken in once, in the order of the log; every reaction has its effect once."""
    logged = [
        (entry.stored.subject, entry.stored.source, entry.stored.version)
        for entries in disk.entries.by_partition.values()
        for entry in entries
    ]
    seen = disk.consumers["ledger"].seen
    assert Counter(seen) == Counter(logged)
    for subject in {row[0] for row in logged}:
        assert [row for row in seen if row[0] == subject] == [row for row in logged if row[0] == subject]
    for subject, stream in disk.tables["intake"].streams.items():
        reactions = Counter(event.type for event in disk.tables["routing"].streams.get(subject, []))
        causes = Counter(event.type for event in stream)
        assert reactions["TicketRouted"] == causes["ConsultationClassified"], subject
        assert reactions["TicketClosed"] == causes["ConsultationWithdrawn"], subject


def _check_alarms(disk: Disk) -> None:
    """Each rings once, not before its time, and not if it was taken back in time: unless it had waited in vain."""
    for subject, stream in disk.tables["intake"].streams.items():
        rung = disk.tables["sla"].streams.get(subject, [])
        due_at = stream[0].recorded_at + AFTER
        taken_back = [event.recorded_at for event in stream if event.type == "ConsultationWithdrawn"]
        assert len(rung) == 1 or (taken_back and not rung), subject
        for event in rung:
            assert event.occurred_at == due_at <= event.recorded_at, subject
            has_waited = event.recorded_at - due_at > timedelta(seconds=WAIT_SECONDS)
            assert has_waited or not any(moment < due_at for moment in taken_back), subject
