-- Credentials (P10): who a token stands for. The name stays here; events carry the principal's id.

create table access.token (
    token_id text collate "C" primary key,
    principal_id text collate "C" not null,
    name text not null,
    role text collate "C" not null check (role in ('agent', 'lead', 'ops', 'analyst', 'admin')),
    secret_hash bytea not null check (length(secret_hash) = 32),
    created_at timestamptz not null,
    revoked_at timestamptz
);

grant usage on schema access to zixun_app;
grant select, insert, update (revoked_at) on access.token to zixun_app;
