"""Whose ticket it is, as folded from the log."""

from feedback_svc.views.ticket import customer_of
from tests.feedback_svc.receptions import reception, take_in
from tests.intake_svc.serving import ground


async def test_a_ticket_belongs_to_whom_it_was_received_from(database: str) -> None:
    async with ground(database) as stand:
        await take_in(stand, [reception("t1", "c1"), reception("t2", "c2")])
        await take_in(stand, [reception("t1", "c1")])
        assert [await customer_of(stand.pool, ticket) for ticket in ("t1", "t2", "t3")] == ["c1", "c2", None]
