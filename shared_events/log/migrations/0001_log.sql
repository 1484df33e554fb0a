-- The log in PostgreSQL (D6, D7): with the postgres engine the log itself, with Kafka the ledger's copy of it.

create table log.identity (
    log_id uuid not null,
    engine text not null default 'postgres' check (engine in ('postgres', 'kafka'))
);
insert into log.identity (log_id) values (gen_random_uuid());

create table log.head (
    partition int primary key,
    next_offset bigint not null default 0
);
insert into log.head (partition) select generate_series(0, 11);

create table log.source_head (
    source text collate "C" not null,
    partition int not null,
    sequence bigint not null,
    primary key (source, partition)
);

create table log.heartbeat (
    source text collate "C" not null,
    partition int not null,
    relayed_through timestamptz not null,
    next_offset bigint not null,
    primary key (source, partition)
);

create table log.log_entry (
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
    primary key (partition, "offset"),
    unique (source, partition, sequence)
);
create index log_entry_subject on log.log_entry (subject, "offset");

-- Publishes records of one source, which come in order of (partition, sequence). A record that is there already is
-- skipped if it is the same event, to the digest; anything else, and any gap, stops the publication as a whole.
create function log.publish(
    by_source text, e_partition int[], e_sequence bigint[], e_subject text[], e_version int[], e_id uuid[],
    e_type text[], e_schema int[], e_occurred timestamptz[], e_recorded timestamptz[], e_actor text[], e_origin text[],
    e_correlation text[], e_causation text[], e_trace text[], e_body bytea[], e_digest bytea[]
) returns table (partition int, next_offset bigint) language plpgsql as $$
#variable_conflict use_column
declare
    wrong record;
begin
    perform 1 from log.head h where h.partition = any(e_partition) order by h.partition for update;
    -- Behind the lock, because whoever moves the log elsewhere holds it until that is done.
    if (select engine from log.identity) <> 'postgres' then
        raise exception 'the log of this installation is in Kafka; start every process with its address'
            using errcode = 'ZX001';
    end if;
    insert into log.source_head select by_source, p, 0 from unnest(e_partition) p on conflict do nothing;

    select e.partition, e.sequence, e.id into wrong
    from unnest(e_partition, e_sequence, e_id, e_digest) e(partition, sequence, id, digest)
    join log.source_head s on s.source = by_source and s.partition = e.partition
    left join log.log_entry l on l.source = by_source and l.partition = e.partition and l.sequence = e.sequence
    where e.sequence <= s.sequence and (l.event_id <> e.id or l.digest <> e.digest)
    limit 1;
    if found then
        raise exception 'event % at %:%:% differs from the one that the log has there',
            wrong.id, by_source, wrong.partition, wrong.sequence using errcode = 'ZX001';
    end if;

    select e.partition, e.first, s.sequence into wrong
    from (
        select e.partition, min(e.sequence) as first, max(e.sequence) as last, count(*) as count
        from unnest(e_partition, e_sequence) e(partition, sequence) group by e.partition
    ) e
    join log.source_head s on s.source = by_source and s.partition = e.partition
    where e.first > s.sequence + 1 or e.last - e.first + 1 <> e.count
    limit 1;
    if found then
        raise exception 'gap in %:%: the log ends at %, the records begin at % or have holes',
            by_source, wrong.partition, wrong.sequence, wrong.first using errcode = 'ZX001';
    end if;

    insert into log.log_entry
        select e.partition, h.next_offset + row_number() over (partition by e.partition order by e.sequence) - 1,
            by_source, e.sequence, e.subject, e.version, e.id, e.type, e.schema, e.occurred, e.recorded, e.actor,
            e.origin, e.correlation, e.causation, e.trace, e.body, e.digest
        from unnest(
            e_partition, e_sequence, e_subject, e_version, e_id, e_type, e_schema, e_occurred, e_recorded, e_actor,
            e_origin, e_correlation, e_causation, e_trace, e_body, e_digest
        ) e(
            partition, sequence, subject, version, id, type, schema, occurred, recorded, actor,
            origin, correlation, causation, trace, body, digest
        )
        join log.head h on h.partition = e.partition
        join log.source_head s on s.source = by_source and s.partition = e.partition
        where e.sequence > s.sequence;

    update log.head h set next_offset = h.next_offset + e.last - s.sequence
    from (select partition, max(sequence) as last from unnest(e_partition, e_sequence) e(partition, sequence) group by 1) e
    join log.source_head s on s.source = by_source and s.partition = e.partition
    where h.partition = e.partition and e.last > s.sequence;

    update log.source_head s set sequence = e.last
    from (select partition, max(sequence) as last from unnest(e_partition, e_sequence) e(partition, sequence) group by 1) e
    where s.source = by_source and s.partition = e.partition and e.last > s.sequence;
    return query select h.partition, h.next_offset from log.head h where h.partition = any(e_partition);
end $$;

-- Keeps what was read from Kafka under the offsets that it has there. Whoever was faster has moved a head on; then
-- nothing is written, and the answer is false.
create function log.keep(
    h_partition int[], h_before bigint[], h_after bigint[], e_offset bigint[], e_source text[],
    e_partition int[], e_sequence bigint[], e_subject text[], e_version int[], e_id uuid[],
    e_type text[], e_schema int[], e_occurred timestamptz[], e_recorded timestamptz[], e_actor text[], e_origin text[],
    e_correlation text[], e_causation text[], e_trace text[], e_body bytea[], e_digest bytea[]
) returns boolean language plpgsql as $$
#variable_conflict use_column
begin
    perform 1 from log.head h where h.partition = any(h_partition) order by h.partition for update;
    perform 1 from unnest(h_partition, h_before) m(partition, before) join log.head h on h.partition = m.partition
        where h.next_offset <> m.before;
    if found then
        return false;
    end if;

    insert into log.log_entry
        select * from unnest(
            e_partition, e_offset, e_source, e_sequence, e_subject, e_version, e_id, e_type, e_schema, e_occurred,
            e_recorded, e_actor, e_origin, e_correlation, e_causation, e_trace, e_body, e_digest
        );
    insert into log.source_head
        select source, partition, max(sequence)
        from unnest(e_source, e_partition, e_sequence) e(source, partition, sequence) group by 1, 2
        on conflict (source, partition) do update set sequence = excluded.sequence;
    update log.head h set next_offset = m.after
        from unnest(h_partition, h_after) m(partition, after) where h.partition = m.partition;
    return true;
end $$;

-- From the first look at Kafka on, this is a copy, and has the identity of what it is a copy of.
create function log.adopt(of_log uuid) returns boolean language plpgsql as $$
begin
    perform 1 from log.head order by partition for update;
    if exists (select from log.identity where log_id = of_log and engine = 'kafka') then
        return true;
    end if;
    if exists (select from log.head where next_offset > 0) then
        return false;
    end if;
    update log.identity set log_id = of_log, engine = 'kafka';
    return true;
end $$;

create function log.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% of %.% is refused: an event is final', tg_op, tg_table_schema, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;

create trigger entry_is_final before update or delete or truncate on log.log_entry
    for each statement execute function log.refuse_change();

grant usage on schema log to zixun_app;
grant select, update on log.identity to zixun_app;
grant select, insert on log.log_entry to zixun_app;
grant select, insert, update on log.head, log.source_head, log.heartbeat to zixun_app;
grant execute on function log.publish, log.keep, log.adopt to zixun_app;
