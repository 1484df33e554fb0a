-- What a service keeps of intake's receptions: whose ticket it is.

create table {schema}.customer (
    ticket_id text collate "C" primary key,
    customer_id text collate "C" not null
);

grant select, insert, update, delete on {schema}.customer to zixun_app;
