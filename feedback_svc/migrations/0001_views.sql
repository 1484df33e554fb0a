-- What feedback keeps from other services' events: whose ticket it is.

create table feedback.ticket (
    ticket_id text collate "C" primary key,
    customer_id text collate "C" not null
);

grant select, insert, update, delete on feedback.ticket to zixun_app;
