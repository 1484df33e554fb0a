-- The event store of one service, in its own schema. Event rows are final: the format may never change.

create table {schema}.head (
    partition int primary key,
    sequence bigint not null default 0,
    recorded_at timestamptz not null default 'epoch'
);
insert into {schema}.head (partition) select generate_series(0, 11);

create table {schema}.event (
    partition int not null,
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
    primary key (subject, version),
    unique (partition, sequence)
);

create table {schema}.command (
    scope text collate "C" not null,
    key text collate "C" not null,
    fingerprint bytea not null,
    subject text collate "C" not null,
    version int not null,
    partition int not null,
    sequence bigint,
    recorded_at timestamptz not null,
    primary key (scope, key)
);

create table {schema}.relay_position (
    partition int primary key,
    sequence bigint not null default 0
);
insert into {schema}.relay_position (partition) select generate_series(0, 11);

-- Appends a batch, or reports what it rejects and writes nothing; the caller sends the rest again.
-- The heads are locked in partition order by a statement of their own, so that the checks after it see every
-- append that committed before the lock was given (each statement of a volatile function has a fresh snapshot).
create function {schema}.append(
    at timestamptz, h_partition int[], h_count int[],
    a_subject text[], a_expected int[], a_version int[], a_partition int[], a_offset int[],
    a_scope text[], a_key text[], a_fingerprint bytea[],
    e_partition int[], e_offset int[], e_subject text[], e_version int[], e_id uuid[], e_type text[], e_schema int[],
    e_occurred timestamptz[], e_actor text[], e_origin text[], e_correlation text[], e_causation text[],
    e_trace text[], e_body bytea[], e_digest bytea[]
) returns table (
    kind text, index int, partition int, sequence bigint, recorded_at timestamptz,
    subject text, version int, fingerprint bytea
) language plpgsql as $$
#variable_conflict use_column
begin
    perform 1 from {schema}.head h where h.partition = any(h_partition) order by h.partition for update;

    return query
        select 'repeated', a.index::int, c.partition, c.sequence, c.recorded_at, c.subject, c.version, c.fingerprint
        from unnest(a_scope, a_key) with ordinality a(scope, key, index)
        cross join lateral (
            select * from {schema}.command c where c.scope = a.scope and c.key = a.key limit 1
        ) c
        where a.key is not null
        union all
        select 'conflict', a.index::int, null, null, null, null, a.actual, null
        from (
            select a.index, a.expected, coalesce(
                (select e.version from {schema}.event e where e.subject = a.subject order by e.version desc limit 1), 0
            ) as actual
            from unnest(a_subject, a_expected) with ordinality a(subject, expected, index)
        ) a
        where a.actual <> a.expected;
    if found then
        return;
    end if;

    insert into {schema}.event
        select e.partition, h.sequence + e.place, e.subject, e.version, e.id, e.type, e.schema, e.occurred,
            greatest(at, h.recorded_at), e.actor, e.origin, e.correlation, e.causation, e.trace, e.body, e.digest
        from unnest(
            e_partition, e_offset, e_subject, e_version, e_id, e_type, e_schema, e_occurred, e_actor, e_origin,
            e_correlation, e_causation, e_trace, e_body, e_digest
        ) e(
            partition, place, subject, version, id, type, schema, occurred, actor, origin,
            correlation, causation, trace, body, digest
        )
        join {schema}.head h on h.partition = e.partition;

    insert into {schema}.command
        select a.scope, a.key, a.fingerprint, a.subject, a.version, a.partition, h.sequence + a.place,
            greatest(at, h.recorded_at)
        from unnest(a_scope, a_key, a_fingerprint, a_subject, a_version, a_partition, a_offset)
            a(scope, key, fingerprint, subject, version, partition, place)
        join {schema}.head h on h.partition = a.partition
        where a.key is not null;

    return query
        update {schema}.head h
        set sequence = h.sequence + c.count, recorded_at = greatest(at, h.recorded_at)
        from unnest(h_partition, h_count) c(partition, count)
        where h.partition = c.partition
        returning 'head', 0, h.partition, h.sequence - c.count, h.recorded_at, null::text, null::int, null::bytea;
end $$;

create function {schema}.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% of %.% is refused: an event is final', tg_op, tg_table_schema, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;

create trigger event_is_final before update or delete or truncate on {schema}.event
    for each statement execute function {schema}.refuse_change();

grant usage on schema {schema} to zixun_app;
grant select, insert on {schema}.event, {schema}.command to zixun_app;
grant select, update on {schema}.head, {schema}.relay_position to zixun_app;
grant execute on function {schema}.append to zixun_app;
