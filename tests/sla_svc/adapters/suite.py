"""What the rows of tickets must do, wherever they are kept; an engine's test module inherits the suite."""

from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from shared_events.store.port import Transaction
from sla_svc.ports import ClockRow, TicketRow, Tickets

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLOCK = ClockRow(
    clock_id="total_resolution/e-1",
    metric="total_resolution",
    cycle=1,
    policy="CS-TA06-24",
    policy_version="1",
    policy_row="everything",
    calendar="china",
    started_at=NINE,
    deadline=NINE + timedelta(hours=8),
    state="running",
    elapsed_seconds=0,
    target_seconds=28_800,
)
MET = replace(CLOCK, state="met", deadline=None, ended_at=NINE + timedelta(hours=1), elapsed_seconds=3600, in_time=True)


class Ground(Protocol):
    """One engine."""

    tickets: Tickets

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """All or nothing."""
        ...

    async def clocks(self) -> list[dict[str, Any]]:
        """All rows of clocks, by ticket and id."""
        ...


class TicketsSuite:
    """Inherited per engine, which provides `ground`."""

    async def test_what_is_saved_is_loaded_as_it_was(self, ground: Ground) -> None:
        rows = [_ticket("t-1", NINE), replace(_ticket("t-2", None), stream_version=3, horizon=1_772_442_000)]
        await _save(ground, *rows)

        assert await ground.tickets.load(["t-1", "t-2", "t-3"]) == {row.ticket_id: row for row in rows}

    async def test_what_is_saved_again_replaces_what_was_there(self, ground: Ground) -> None:
        await _save(ground, _ticket("t-1", NINE), _ticket("t-2", NINE))
        changed = replace(_ticket("t-1", None), facts=b"[1]", clocks=b"[2]", stream_digest=bytes([1] * 32))

        await _save(ground, changed)

        assert await ground.tickets.load(["t-1"]) == {"t-1": changed}
        assert await ground.tickets.load(["t-2"]) == {"t-2": _ticket("t-2", NINE)}

    async def test_what_is_not_committed_is_not_there(self, ground: Ground) -> None:
        with suppress(ZeroDivisionError):
            async with ground.transaction() as transaction:
                await ground.tickets.save(transaction, [replace(_ticket("t-1", NINE), rows=[CLOCK])])
                assert 1 / 0

        assert await ground.tickets.load(["t-1"]) == {}
        assert await ground.clocks() == []

    async def test_what_is_due_comes_in_order_of_due_time_through_each_partition_s_moment(self, ground: Ground) -> None:
        late, early, other = (
            _ticket("t-1", NINE + timedelta(seconds=2)),
            _ticket("t-2", NINE),
            replace(_ticket("t-3", NINE + timedelta(seconds=1)), partition=1),
        )
        not_yet = replace(_ticket("t-4", NINE + timedelta(seconds=2)), partition=1)
        elsewhere = replace(_ticket("t-5", NINE), partition=2)
        await _save(ground, late, early, other, not_yet, elsewhere, _ticket("t-6", None))
        through = {0: NINE + timedelta(seconds=2), 1: NINE + timedelta(seconds=1)}

        assert await ground.tickets.due(through, 10, ()) == [early, other, late]
        assert await ground.tickets.due(through, 2, ()) == [early, other]
        assert await ground.tickets.due(through, 2, ["t-2"]) == [other, late]

    async def test_the_next_due_time_of_each_partition_is_its_earliest(self, ground: Ground) -> None:
        later = NINE + timedelta(seconds=1)
        await _save(
            ground,
            _ticket("t-1", later),
            _ticket("t-2", NINE),
            replace(_ticket("t-3", None), partition=1),
            replace(_ticket("t-4", later), partition=2),
        )

        assert await ground.tickets.next_due([0, 1, 2], ()) == {0: NINE, 2: later}
        assert await ground.tickets.next_due([0], ["t-2"]) == {0: later}

    async def test_clocks_are_written_beside_their_tickets_and_stay_until_they_change(self, ground: Ground) -> None:
        second = replace(CLOCK, clock_id="next_reply/e-2", metric="next_reply", tier="cse", category="usage")
        await _save(ground, replace(_ticket("t-1", NINE), rows=[CLOCK, second]))
        await _save(ground, replace(_ticket("t-2", NINE), rows=[CLOCK]))

        await _save(ground, replace(_ticket("t-1", NINE), rows=[MET]))

        assert await ground.clocks() == [_told("t-1", second), _told("t-1", MET), _told("t-2", CLOCK)]

    async def test_all_tickets_are_read_page_by_page(self, ground: Ground) -> None:
        rows = [_ticket(f"t-{number}", NINE) for number in (2, 1, 3)]
        await _save(ground, *rows)

        assert [row.ticket_id for row in await ground.tickets.page("", 2)] == ["t-1", "t-2"]
        assert await ground.tickets.page("t-2", 2) == [rows[2]]
        assert await ground.tickets.count() == 3

    async def test_nothing_is_saved_without_harm(self, ground: Ground) -> None:
        await _save(ground)

        assert await ground.tickets.load([]) == {}
        assert await ground.tickets.due({}, 10, ()) == []


def _ticket(ticket_id: str, due_at: datetime | None) -> TicketRow:
    return TicketRow(ticket_id=ticket_id, partition=0, facts=b"[]", clocks=b"[]", due_at=due_at)


async def _save(ground: Ground, *rows: TicketRow) -> None:
    async with ground.transaction() as transaction:
        await ground.tickets.save(transaction, rows)


def _told(ticket_id: str, clock: ClockRow) -> dict[str, Any]:
    return {"ticket_id": ticket_id} | {name: getattr(clock, name) for name in ClockRow.__slots__}
