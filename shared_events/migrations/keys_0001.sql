-- The key ring (D18): one key per person, wrapped by the master key. A key that is gone leaves its row behind.

create table keys.person_key (
    key_id text collate "C" primary key,
    person text collate "C" not null unique,
    wrapped bytea,
    created_at timestamptz not null
);

grant usage on schema keys to zixun_app;
grant select, insert, update (wrapped) on keys.person_key to zixun_app;
