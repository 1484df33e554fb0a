"""`zixun views` names what is not as the events say, in the ledger and in SLA's clocks, and puts it right."""

import asyncio
import base64
import json
from collections.abc import Iterator

import pytest

from tests.services.cli.command_line import CommandLine, Done, command_line
from tests.shared_events.runtime.world import tamper
from tests.system.journey import routed
from tests.system.serving import MASTER_KEY, serving
from tests.system.test_poison import append_of_a_later_release

BROKEN = """
    update sla.ticket set due_at = null;
    update ledger.ticket set status = 'closed';
"""


@pytest.fixture
def zixun() -> Iterator[CommandLine]:
    with command_line() as made:
        yield made


async def test_what_differs_is_named_until_it_is_rebuilt(database: str, zixun: CommandLine) -> None:
    async with serving(database) as centre:
        ticket = (await routed(centre)).ticket_id
        await centre.settled()

        def views(*words: str) -> Done:
            key = base64.b64encode(MASTER_KEY).decode()
            return zixun("views", *words, ZIXUN_DATABASE_URL=database, ZIXUN_MASTER_KEY=key)

        well = await asyncio.to_thread(views, "check")
        assert (well.status, "They are what the events say." in well.out) == (0, True)

        await tamper(database, BROKEN)
        wrong = await asyncio.to_thread(views, "check")
        assert wrong.status == 1
        assert f"differs: {ticket}\n" in wrong.out
        assert f"differs: {ticket}, due_at: expected 20" in wrong.out
        assert "1 tickets are not shown as their events say. The clocks of 1 tickets are not" in wrong.err
        told = json.loads((await asyncio.to_thread(views, "check", "--json")).out)
        assert told["different"] == [ticket]
        (mismatch,) = told["clocks"]["mismatches"]
        assert (mismatch["ticket_id"], mismatch["what"], mismatch["found"]) == (ticket, "due_at", "nothing")

        rebuilt = await asyncio.to_thread(views, "rebuild")
        assert (rebuilt.status, "The rows of 1 tickets were written again." in rebuilt.out) == (0, True)

        await append_of_a_later_release(centre, ticket)
        await centre.settled()
        parked = await asyncio.to_thread(views, "check")
        assert parked.status == 0, "it is no mistake of the rows, and `zixun parked` is there for it"
        left_out = "Left out, because events of them are parked (`zixun parked list`): 1 tickets."
        assert parked.out.count(left_out) == 2, "in the ledger, and in SLA"
        told = json.loads((await asyncio.to_thread(views, "check", "--json")).out)
        assert (told["clocks"]["tickets"], told["clocks"]["parked"], told["parked"]) == (0, [ticket], [ticket])
