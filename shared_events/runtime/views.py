"""Read models: what a view is, and the view that folds events into the rows of one table."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, Generic, Protocol, TypeVar

import asyncpg
import orjson
from sqlalchemy import JSON, ClauseElement, Column, Table
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.compiler import SQLCompiler

from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded
from shared_events.store.rows import Connection

Row = TypeVar("Row")
_DIALECT: Final = dialect()  # type: ignore[no-untyped-call] # SQLAlchemy ships its dialects untyped


class View(Protocol):
    """A read model that the runner keeps up to date."""

    @property
    def name(self) -> str:
        """The consumer's name: the checkpoint and what is parked are kept under it."""
        ...

    @property
    def handles(self) -> tuple[type[Fact], ...]:
        """The events that it wants to see."""
        ...

    async def apply(self, connection: Connection, batch: Sequence[Recorded[Any]]) -> None:
        """Take in events within the runner's transaction; those of a subject, as of a partition, are in log order."""
        ...


class TableView(Generic[Row]):
    """A view with one row per key: it loads a batch's rows, folds in memory, and writes them back, in one query each.

    `row` is a dataclass whose fields are the table's columns, in their order. `fold` owns the row that it is given: it
    may change it in place, which is much cheaper than a copy per event, and returns it; `None` says there is no row.
    The events of one key must all be of one partition, as those of a subject are: others are folded at the same time.
    """

    def __init__(
        self,
        table: Table,
        *,
        row: type[Row],
        handles: Iterable[type[Fact]],
        fold: Callable[[Row | None, Recorded[Any]], Row | None],
        key: Callable[[Recorded[Any]], str] = attrgetter("stored.subject"),
    ) -> None:
        self.name = table.fullname
        self.handles = tuple(handles)
        self._handled = frozenset(self.handles)
        self._fold = fold
        self._key = key
        self._rows = _RowFormat(table, row)
        self._sql = _Statements.of(table)

    async def apply(self, connection: Connection, batch: Sequence[Recorded[Any]]) -> None:
        """Fold the batch into its rows."""
        wanted = [(self._key(recorded), recorded) for recorded in batch if type(recorded.event) in self._handled]
        if not wanted:
            return
        loaded = await connection.fetch(self._sql.load, list({key for key, _ in wanted}))
        rows: dict[str, Row | None] = {self._rows.key_of(record): self._rows.read(record) for record in loaded}
        before = set(rows)
        for key, recorded in wanted:
            rows[key] = self._fold(rows.get(key), recorded)
        kept = [row for row in rows.values() if row is not None]
        if kept:
            await connection.execute(self._sql.save, *self._rows.columns(kept))
        gone = [key for key in before if rows[key] is None]
        if gone:
            await connection.execute(self._sql.delete, gone)


async def fetch(connection: Connection | asyncpg.Pool, statement: ClauseElement) -> list[asyncpg.Record]:
    """Run a Core query on asyncpg: the one place where the two meet (D17)."""
    sql, values = compiled(statement)
    return await connection.fetch(sql, *values)


class Query:
    """A Core query that is asked often: compiled once, its `bindparam`s given by name at every call."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement

    @cached_property
    def sql(self) -> str:
        """What PostgreSQL is asked."""
        return str(self._compiled)

    async def fetch(self, connection: Connection | asyncpg.Pool, **values: Any) -> list[asyncpg.Record]:
        """The rows."""
        return await connection.fetch(self.sql, *(values[name] for name in self._compiled.positiontup or ()))

    @cached_property
    def _compiled(self) -> SQLCompiler:
        return _compile(self._statement)


def compiled(statement: ClauseElement) -> tuple[str, list[Any]]:
    """A Core statement as asyncpg takes it: SQL and the values of its parameters."""
    result = _compile(statement)
    return str(result), [result.params[name] for name in result.positiontup or ()]


def _compile(statement: ClauseElement) -> SQLCompiler:
    result = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    assert isinstance(result, SQLCompiler), "only statements that are run are compiled here"
    return result


class _RowFormat(Generic[Row]):
    """Between a dataclass and the rows of a table; JSON columns are decoded and encoded on the way."""

    def __init__(self, table: Table, row: type[Row]) -> None:
        names = [column.name for column in table.columns]
        found = [field.name for field in fields(row)]  # type: ignore[arg-type] # a dataclass, or this raises at start
        if found != names:
            raise TypeError(f"{row.__name__} must have the fields of {table.fullname}, {names}; it has {found}")
        self._row = row
        self._names = names
        self._key = _key_column(table).name
        self._json = frozenset(index for index, column in enumerate(table.columns) if isinstance(column.type, JSON))

    def key_of(self, record: asyncpg.Record) -> str:
        key: str = record[self._key]
        return key

    def read(self, record: asyncpg.Record) -> Row:
        values = list(record)
        for index in self._json:
            if values[index] is not None:
                values[index] = orjson.loads(values[index])
        return self._row(*values)

    def columns(self, rows: Sequence[Row]) -> list[list[Any]]:
        """One list per column, as `unnest` takes them."""
        columns = [[getattr(row, name) for row in rows] for name in self._names]
        for index in self._json:
            columns[index] = [None if value is None else orjson.dumps(value).decode() for value in columns[index]]
        return columns


class _Statements:
    """The SQL of a table, written once."""

    def __init__(self, load: str, save: str, delete: str) -> None:
        self.load = load
        self.save = save
        self.delete = delete

    @classmethod
    def of(cls, table: Table) -> "_Statements":
        preparer = _DIALECT.identifier_preparer
        target = preparer.format_table(table)
        names = [preparer.format_column(column) for column in table.columns]
        key = preparer.format_column(_key_column(table))
        listed = ", ".join(names)
        arrays = ", ".join(f"${index}::{_type_of(column)}[]" for index, column in enumerate(table.columns, 1))
        changes = ", ".join(f"{name} = excluded.{name}" for name in names if name != key)
        any_key = f"{key} = any($1::{_type_of(_key_column(table))}[])"
        return cls(
            load=f"select {listed} from {target} where {any_key}",
            save=f"insert into {target} ({listed}) select * from unnest({arrays})"
            f" on conflict ({key}) do update set {changes}",
            delete=f"delete from {target} where {any_key}",
        )


def _key_column(table: Table) -> Column[Any]:
    keys = list(table.primary_key.columns)
    if len(keys) != 1:
        raise TypeError(f"{table.fullname} must have a primary key of one column; it has {[key.name for key in keys]}")
    return keys[0]


def _type_of(column: Column[Any]) -> str:
    if isinstance(column.type, ARRAY):
        raise TypeError(f"{column} is an array, which unnest would flatten; keep it in a JSON column")
    return column.type.compile(_DIALECT)
