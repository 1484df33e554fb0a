-- The role that the program works as (D15): it owns nothing, so it can change only what it was granted.
-- A role belongs to the whole cluster, so it may be there already, or another database may just be making it.

do $$
begin
    create role zixun_app nologin;
exception when duplicate_object or unique_violation then
    null;
end $$;

do $$
begin
    if not pg_has_role(
        current_user, 'zixun_app',
        case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end
    ) then
        execute format('grant zixun_app to %I', current_user);
    end if;
end $$;
