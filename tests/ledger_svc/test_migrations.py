"""The tables that migrations make are the tables that the code believes in."""

import asyncpg
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from ledger_svc.views.tickets.row import METADATA, TICKET

COLUMNS = """
    select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute
    where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum
"""
KEY = """
    select attname from pg_index join pg_attribute on attrelid = indrelid and attnum = any(indkey)
    where indrelid = $1::regclass and indisprimary order by attnum
"""


async def test_a_view_s_table_is_the_one_that_its_code_describes(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        found = [tuple(row) for row in await connection.fetch(COLUMNS, TICKET.fullname)]
        key = [row["attname"] for row in await connection.fetch(KEY, TICKET.fullname)]
    finally:
        await connection.close()
    assert found == [(column.name, type_of(column), not column.nullable) for column in TICKET.columns]
    assert key == [column.name for column in TICKET.primary_key.columns]


async def test_the_columns_that_are_read_of_the_runner_s_table_exist(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        found = {row["attname"] for row in await connection.fetch(COLUMNS, "ledger.parked")}
    finally:
        await connection.close()
    assert {column.name for column in METADATA.tables["ledger.parked"].columns} <= found


def type_of(column: Column[object]) -> str:
    return column.type.compile(dialect()).lower()  # type: ignore[no-untyped-call] # SQLAlchemy ships its dialects untyped
