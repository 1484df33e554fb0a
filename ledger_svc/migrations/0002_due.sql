-- When a ticket is due next: the earliest deadline of its clocks that run. Few tickets have one, out of all there were.

alter table {schema}.ticket add column next_due_at timestamptz;

create index ticket_due on {schema}.ticket (next_due_at, ticket_id) where next_due_at is not null;
