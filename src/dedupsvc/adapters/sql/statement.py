"""SQLAlchemy Core statements compiled once to each engine's text, so that a request rebuilds none of them."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import ColumnElement, Executable, Table, bindparam, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import ARRAY, BigInteger, Boolean

_POSTGRESQL: Any = asyncpg.dialect()  # type: ignore[no-untyped-call]
_SQLITE: Any = sqlite.dialect(paramstyle="qmark")
_SQLITE.supports_native_boolean = True  # "x IN (…) = 1" would not use an index


class AnyOf(ColumnElement[bool]):
    """``column`` is one of a list of integers or texts given as the one parameter ``name``."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.name = name
        self.parameter: ColumnElement[Any] = bindparam(name, type_=ARRAY(BigInteger))


@compiles(AnyOf, "postgresql")
def _any_of_postgresql(element: AnyOf, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    return f"{column} = ANY ({compiler.process(element.parameter, **options)})"


@compiles(AnyOf, "sqlite")
def _any_of_sqlite(element: AnyOf, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    return f"{column} IN (SELECT value FROM json_each({compiler.process(bindparam(element.name), **options)}))"  # noqa: S608 - compiled SQL


class _Text:
    """A statement in one engine's words: its text, and where each parameter comes from."""

    __slots__ = ("_constants", "order", "text")

    def __init__(self, compiled: Any) -> None:
        self.text = str(compiled)
        self.order: tuple[str, ...] = tuple(compiled.positiontup or ())
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}

    def arguments(self, parameters: dict[str, Any]) -> list[Any]:
        if self._constants:
            parameters = self._constants | parameters
        return [parameters[name] for name in self.order]


class Statement:
    """One statement as text for both engines."""

    __slots__ = ("_lite", "_postgres", "lite", "postgres")

    def __init__(self, clause: Executable, lite_clause: Executable | None = None) -> None:
        """``lite_clause``: the same for SQLite, where the two engines have no common words for it."""
        self._postgres = _Text(clause.compile(dialect=_POSTGRESQL))  # type: ignore[attr-defined]
        self._lite = _Text((clause if lite_clause is None else lite_clause).compile(dialect=_SQLITE))  # type: ignore[attr-defined]
        self.postgres = self._postgres.text
        self.lite = self._lite.text

    def postgres_arguments(self, parameters: dict[str, Any]) -> list[Any]:
        return self._postgres.arguments(parameters)

    @property
    def lite_order(self) -> tuple[str, ...]:
        """The parameters' names as SQLite wants them; of a statement that has no constants and no lists, this is all it takes."""
        return self._lite.order

    def lite_arguments(self, parameters: dict[str, Any]) -> list[Any]:
        return [json.dumps(value) if type(value) is list else value for value in self._lite.arguments(parameters)]


def inserting(table: Table) -> Statement:
    """INSERT of a whole row, every column a parameter of its own name."""
    return Statement(insert(table).values({column.name: bindparam(column.name) for column in table.columns}).inline())


__all__ = ["AnyOf", "Statement", "inserting"]
