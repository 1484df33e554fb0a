-- What routing keeps from other services' events: whose consultation it is.

create table routing.consultation (
    ticket_id text collate "C" primary key,
    customer_id text collate "C" not null
);

grant select, insert, update, delete on routing.consultation to zixun_app;
