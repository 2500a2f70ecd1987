"""One clause, two texts: both engines give the same rows for the same parameters."""

from __future__ import annotations

import sqlite3

import asyncpg
import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, bindparam, select

from dedupsvc.adapters.sql import queries
from dedupsvc.adapters.sql.statement import AnyOf, Statement, inserting
from tests.adapters.build import SqlStore, a_store

PETS = Table("pets", MetaData(), Column("id", BigInteger, primary_key=True), Column("name", Text))
STATEMENTS = {name: value for name, value in vars(queries).items() if isinstance(value, Statement)}


async def rows(url: str, statement: Statement, **parameters: object) -> list[tuple[object, ...]]:
    create = "CREATE TABLE IF NOT EXISTS pets (id bigint PRIMARY KEY, name text)"
    fill = "INSERT INTO pets VALUES (1, 'Mia'), (2, '小白'), (3, NULL) ON CONFLICT DO NOTHING"
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        try:
            connection.execute(create)
            connection.execute(fill)
            found = connection.execute(statement.lite, statement.lite_arguments(parameters)).fetchall()
            connection.commit()
            return found
        finally:
            connection.close()
    remote = await asyncpg.connect(url)
    try:
        await remote.execute(create)
        await remote.execute(fill)
        return [tuple(row) for row in await remote.fetch(statement.postgres, *statement.postgres_arguments(parameters))]
    finally:
        await remote.close()


@pytest.mark.parametrize(("wanted", "found"), [([], []), ([2], [2]), ([3, 1, 9, 1], [1, 3])])
async def test_any_of_a_list_is_one_parameter(database_url: str, wanted: list[int], found: list[int]) -> None:
    statement = Statement(select(PETS.c.id).where(AnyOf(PETS.c.id, "ids")).order_by(PETS.c.id))
    assert await rows(database_url, statement, ids=wanted) == [(one,) for one in found]


async def test_a_row_goes_in_under_its_columns_names_and_comes_back(database_url: str) -> None:
    await rows(database_url, inserting(PETS), name="O'Hara \\ 旺财", id=7)
    statement = Statement(select(PETS.c.name).where(PETS.c.id == bindparam("id")))
    assert await rows(database_url, statement, id=7) == [("O'Hara \\ 旺财",)]


async def test_a_constant_of_the_clause_needs_no_parameter(database_url: str) -> None:
    statement = Statement(select(PETS.c.id).where(PETS.c.name == "小白", PETS.c.id < bindparam("below")))
    assert await rows(database_url, statement, below=5) == [(2,)]


def test_a_parameter_that_is_not_given_is_an_error_and_not_a_null() -> None:
    statement = Statement(select(PETS.c.id).where(PETS.c.id == bindparam("id")))
    for arguments in (statement.lite_arguments, statement.postgres_arguments):
        with pytest.raises(KeyError):
            arguments({})


@pytest.mark.parametrize("name", STATEMENTS)
async def test_every_statement_is_one_that_sqlite_understands(name: str, sqlite_url: str) -> None:
    store = await a_store(sqlite_url)
    await store.close()
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    try:
        text = STATEMENTS[name].lite
        connection.execute(f"EXPLAIN {text}", [1] * text.count("?"))
    finally:
        connection.close()


async def test_every_statement_is_one_that_postgresql_understands(postgresql_url: str) -> None:
    store: SqlStore = await a_store(postgresql_url)
    await store.close()
    connection = await asyncpg.connect(postgresql_url)
    try:
        for statement in STATEMENTS.values():
            await connection.prepare(statement.postgres)
    finally:
        await connection.close()


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_leaves_without_the_tenant(name: str) -> None:
    assert "tenant_id" in STATEMENTS[name].lite
    assert "tenant_id" in STATEMENTS[name].postgres
