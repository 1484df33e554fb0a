-- What one service needs to read the log: how far it is, who reads, and what it had to park (D8, D9).

create table {schema}.checkpoint (
    consumer text collate "C" not null,
    partition int not null,
    log_id uuid not null,
    next_offset bigint not null,
    seen_by_source jsonb not null default '{}',
    epoch bigint not null,
    primary key (consumer, partition)
);

create table {schema}.lease (
    name text collate "C" primary key,
    holder text not null,
    session int not null,
    epoch bigint not null,
    expires_at timestamptz not null
);

-- The workers of a consumer, each alive until its time is up or its session is gone.
create table {schema}.member (
    consumer text collate "C" not null,
    holder text collate "C" not null,
    session int not null,
    expires_at timestamptz not null,
    primary key (consumer, holder)
);

-- Which worker has which partition. Nobody, or somebody who is gone: it is free. The epoch grows with every holder.
create table {schema}.share (
    consumer text collate "C" not null,
    partition int not null,
    holder text collate "C",
    epoch bigint not null,
    primary key (consumer, partition)
);

create table {schema}.parked (
    consumer text collate "C" not null,
    partition int not null,
    "offset" bigint not null,
    source text collate "C" not null,
    sequence bigint not null,
    subject text collate "C" not null,
    version int not null,
    event_id uuid not null,
    type text collate "C" not null,
    schema_version int not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text collate "C" not null,
    origin text collate "C" not null,
    correlation_id text collate "C" not null,
    causation_id text collate "C",
    trace_context text collate "C",
    body bytea not null,
    digest bytea not null,
    reason text not null,
    parked_at timestamptz not null,
    primary key (consumer, partition, "offset")
);
create index parked_subject on {schema}.parked (subject, consumer, "offset");

grant usage on schema {schema} to zixun_app;
grant select, insert, update on {schema}.checkpoint, {schema}.lease, {schema}.share to zixun_app;
grant select, insert, update, delete on {schema}.member to zixun_app;
grant select, insert, delete on {schema}.parked to zixun_app;
