-- The ledger's read models. They can be thrown away and folded again from the log at any time.

create table {schema}.ticket (
    ticket_id text collate "C" primary key,
    number text collate "C",
    customer_id text collate "C" not null,
    origin text collate "C" not null,
    channel text collate "C",
    importance text collate "C",
    received_at timestamptz not null,
    contacted_at timestamptz,
    expected_reply_at timestamptz,
    category text collate "C",
    request_kind text collate "C",
    complexity text collate "C",
    urgency text collate "C",
    complaint_grade text collate "C",
    status text collate "C" not null,
    intake_status text collate "C" not null,
    withdrawn_at timestamptz,
    routing_status text collate "C",
    routing_status_since timestamptz,
    queued_since timestamptz,
    paused boolean not null,
    tier text collate "C",
    team text collate "C",
    agent_id text collate "C",
    tiers_touched text collate "C" not null,
    escalated_cse_pse integer not null,
    escalated_pse_rde integer not null,
    escalated_cse_rde integer not null,
    handed_back_pse_cse integer not null,
    handed_back_rde_pse integer not null,
    handed_back_rde_cse integer not null,
    transfers integer not null,
    waits integer not null,
    rejections integer not null,
    reopenings integer not null,
    -- json, not jsonb: it is only ever read whole, and jsonb would cost a parse and a sort on every write.
    document json not null
) with (fillfactor = 80);

-- One index per filter, each in the order of the list: newest first.
create index ticket_newest on {schema}.ticket (received_at desc, ticket_id desc);
create index ticket_status on {schema}.ticket (status, received_at desc, ticket_id desc);
create index ticket_team on {schema}.ticket (team, received_at desc, ticket_id desc);
create index ticket_tier on {schema}.ticket (tier, received_at desc, ticket_id desc);
create index ticket_agent on {schema}.ticket (agent_id, received_at desc, ticket_id desc) where agent_id is not null;
create index ticket_customer on {schema}.ticket (customer_id, received_at desc, ticket_id desc);
create index ticket_category on {schema}.ticket (category, received_at desc, ticket_id desc);
create index ticket_urgency on {schema}.ticket (urgency, received_at desc, ticket_id desc);
create index ticket_number on {schema}.ticket (replace(number, '-', ''));
create index ticket_queue on {schema}.ticket (tier, team, queued_since) where status = 'queued';

grant usage on schema {schema} to zixun_app;
grant select, insert, update, delete on {schema}.ticket to zixun_app;
