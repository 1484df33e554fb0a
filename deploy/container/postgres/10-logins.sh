#!/bin/sh
# Run once by the postgres image, on an empty data folder: who owns the database, and who only works in it (D15).
set -eu

psql --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
-- Read by psql itself, so that no password is an argument of a command.
\set owner_password `cat "${SECRETS:-/run/secrets}/owner_password"`
\set service_password `cat "${SECRETS:-/run/secrets}/service_password"`
create role zixun_app nologin;
create role zixun_owner login password :'owner_password';
create role zixun_service login password :'service_password';
grant zixun_app to zixun_owner, zixun_service;
-- By code point, and with a libc UTF-8 character type, as the embedded database is made.
create database zixun owner zixun_owner template template0
    encoding 'UTF8' locale_provider libc lc_collate 'C' lc_ctype 'C.UTF-8';
revoke all on database zixun from public;
grant connect on database zixun to zixun_service;
SQL
