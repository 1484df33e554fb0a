-- What SLA keeps (D11): of each ticket the facts that count, its clocks, and when the next threshold falls due.

create table sla.ticket (
    ticket_id text collate "C" primary key,
    partition int not null,
    -- Opaque here, and read and written whole: bytes cost no parsing.
    facts bytea not null,
    clocks bytea not null,
    stream_version int not null,
    stream_digest bytea not null,
    horizon bigint not null,
    due_at timestamptz
);
create index ticket_due on sla.ticket (partition, due_at, ticket_id) where due_at is not null;

-- One row per clock, for those who ask.
create table sla.clock (
    ticket_id text collate "C" not null,
    clock_id text collate "C" not null,
    metric text collate "C" not null,
    cycle int not null,
    tier text collate "C",
    category text collate "C",
    policy text collate "C" not null,
    policy_version text collate "C" not null,
    policy_row text collate "C" not null,
    calendar text collate "C" not null,
    started_at timestamptz not null,
    deadline timestamptz,
    ended_at timestamptz,
    state text collate "C" not null,
    elapsed_seconds bigint not null,
    target_seconds bigint not null,
    breached_at timestamptz,
    in_time boolean,
    primary key (ticket_id, clock_id)
);
create index clock_running on sla.clock (deadline) where state = 'running';
create index clock_ended on sla.clock (metric, ended_at) where ended_at is not null;

grant select, insert, update on sla.ticket, sla.clock to zixun_app;
