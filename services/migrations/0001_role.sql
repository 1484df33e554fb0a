-- The role that the program works as (D15): it owns nothing, so it can change only what it was granted.
-- A role belongs to the whole cluster: it may be there already, or another database may just be making it, or whoever
-- runs the cluster has made it and granted it to us, who may make none.

do $$
begin
    if not exists (select from pg_roles where rolname = 'zixun_app') then
        create role zixun_app nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end $$;

-- Since version 16 who makes a role is a member of it, but may not act as it without this grant.
do $$
begin
    if current_setting('server_version_num')::int >= 160000 and not pg_has_role(current_user, 'zixun_app', 'SET')
    or not pg_has_role(current_user, 'zixun_app', 'MEMBER') then
        execute format('grant zixun_app to %I', current_user);
    end if;
end $$;

-- Which revision the tables are at, for processes whose logins may only work.
grant usage on schema zixun to zixun_app;
grant select on zixun.alembic_version to zixun_app;
