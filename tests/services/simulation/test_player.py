"""What is played is in the stores as if it had happened there, and the consumers find nothing left to do."""

from collections import Counter

import pytest

from services.simulation import player
from services.simulation.player import Player
from services.simulation.topics import TOPICS
from shared_events.http import Role
from tests.system.serving import Centre, serving

TICKETS = 90


async def events_by_type(centre: Centre) -> Counter[str]:
    """Without what SLA says of them: nobody plays clocks."""
    rows = await centre.zixun.pool.fetch(
        "select type, count(*) as count from log.log_entry where source <> 'sla' group by type"
    )
    return Counter({row["type"]: row["count"] for row in rows})


async def test_a_centre_at_work_shows_what_was_played_and_adds_nothing(database: str) -> None:
    """Its reactions see causes and effects at once; the texts are there for who may read them."""
    async with serving(database) as centre:
        told: list[tuple[int, int]] = []
        simulated = await Player(centre.zixun).play(TICKETS, 1, lambda done, total: told.append((done, total)))
        await centre.settled()
        assert told == [(player.GROUP, TICKETS), (TICKETS, TICKETS)]
        assert await events_by_type(centre) == simulated.events
        figures = (await centre.get("/v1/figures", Role.ANALYST)).json()
        assert figures["tickets"] == TICKETS
        assert figures["last_states"]["closed"] > 0
        newest = (await centre.get("/v1/tickets?limit=1")).json()["items"][0]["ticket_id"]
        ticket = (await centre.get(f"/v1/tickets/{newest}")).json()
        questions = {words.question for topic in TOPICS for words in topic.words.values()}
        assert ticket["content"] in questions
        assert await centre.zixun.pool.fetchval("select count(*) from ledger.parked") == 0


async def test_playing_again_adds_as_many_tickets_of_the_same_customers(database: str) -> None:
    """The dice decide what happens; ids and short numbers are new."""
    async with serving(database) as centre:
        first = await Player(centre.zixun).play(5, 7, lambda _done, _total: None)
        second = await Player(centre.zixun).play(5, 7, lambda _done, _total: None)
        await centre.settled()
        assert (first.tickets, second.tickets) == (5, 5)
        rows = await centre.zixun.pool.fetch("select ticket_id, number, customer_id from ledger.ticket")
        assert len({row["ticket_id"] for row in rows}) == len({row["number"] for row in rows}) == 10
        assert len({row["customer_id"] for row in rows}) <= 5


@pytest.mark.parametrize("tickets", [1, player.GROUP, player.GROUP + 1])
async def test_as_many_tickets_are_played_as_were_asked_for(database: str, tickets: int) -> None:
    """Whatever the size of a group."""
    async with serving(database) as centre:
        simulated = await Player(centre.zixun).play(tickets, 2, lambda _done, _total: None)
        assert simulated.tickets == tickets
        assert simulated.commands["ReceiveConsultation"] == tickets
