"""Tables as they are after years: filled by SQL with copies of real events and of a real ticket."""

from typing import Final

import asyncpg

from benchmarks.drafts import reception_and_message
from ledger_svc.views.tickets.row import TICKET
from shared_events.store.partition import PARTITIONS

EVENTS_PER_TICKET: Final = 12
"""One reception, then messages of the customer."""

_CHUNK: Final = 48_000
_SUBJECT: Final = "'0199e4a2-0000-7000-8000-' || lpad(to_hex({ticket}), 12, '0')"

_EVENTS: Final = f"""
    with made as (
        select n, n / {EVENTS_PER_TICKET} as ticket, (n % {EVENTS_PER_TICKET} + 1)::int as version,
            (n / {EVENTS_PER_TICKET} % {PARTITIONS})::int as partition
        from generate_series($1::bigint, $2::bigint - 1) n
    ), inserted as (
        insert into intake.event
        select m.partition, h.sequence + row_number() over (partition by m.partition order by m.n),
            {_SUBJECT.format(ticket="m.ticket")}, m.version, gen_random_uuid(), t.type, t.schema_version,
            t.occurred_at, greatest(h.recorded_at, clock_timestamp()), t.actor, t.origin, t.correlation_id, null, null,
            t.body, t.digest
        from made m
        join intake.head h on h.partition = m.partition
        join benchmark_template t on t.place = least(m.version, 2)
        returning partition, sequence, subject, version, recorded_at, digest
    ), commanded as (
        insert into intake.command
        select 'bench', i.subject || ' ' || i.version, i.digest, i.subject, i.version, i.partition, i.sequence,
            i.recorded_at
        from inserted i
    )
    update intake.head h set sequence = i.last, recorded_at = i.recorded_at
    from (select partition, max(sequence) as last, max(recorded_at) as recorded_at from inserted group by 1) i
    where h.partition = i.partition
"""


_TEMPLATE: Final = """
    create table benchmark_template (
        place int, type text, schema_version int, occurred_at timestamptz, actor text, origin text,
        correlation_id text, body bytea, digest bytea
    )
"""

_TICKETS: Final = """
    insert into ledger.ticket ({columns})
    select {values} from (select * from ledger.ticket limit 1) t, generate_series(0, $1::bigint - 1) n
"""


def subject_of(ticket: int) -> str:
    """The id of a ticket that was filled in, counted from 0."""
    return f"0199e4a2-0000-7000-8000-{ticket:012x}"


async def fill_events(dsn: str, count: int) -> None:
    """So many events of intake, with their commands; relays and consumers find them by themselves."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(_TEMPLATE)
    await connection.executemany(
        "insert into benchmark_template values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            (
                *(event.version, event.type, event.schema_version, event.occurred_at, event.actor, event.origin),
                *(event.correlation_id, event.body, event.digest),
            )
            for event in reception_and_message().events
        ],
    )
    for first in range(0, count, _CHUNK):
        async with connection.transaction():
            await connection.execute("select 1 from intake.head order by partition for update")
            await connection.execute(_EVENTS, first, min(first + _CHUNK, count))
    await connection.close()


async def fill_tickets(dsn: str, count: int) -> None:
    """So many tickets in the ledger's view, like the one that is there."""
    columns = [column.name for column in TICKET.columns]
    changed = {
        "ticket_id": _SUBJECT.format(ticket="n"),
        "number": "lpad(n::text, 8, '0') || '-0'",
        "customer_id": "'c-' || n / 3",
        "received_at": "t.received_at + n * interval '1 second'",
    }
    values = ", ".join(changed.get(name, f"t.{name}") for name in columns)
    connection = await asyncpg.connect(dsn)
    await connection.execute(_TICKETS.format(columns=", ".join(columns), values=values), count)
    await connection.close()
