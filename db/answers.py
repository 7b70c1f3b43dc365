"""The answer of a query that has one row and one column."""

from collections.abc import Mapping, Sequence

import psycopg

from pgstrike.db.queries import query


def is_true(
    connection: psycopg.Connection,
    name: str,
    parameters: Sequence[object] | Mapping[str, object] = (),
) -> bool:
    """Whether it answers yes; no row is no."""
    row = connection.execute(query(name), parameters).fetchone()
    return bool(row and row[0])


def number(
    connection: psycopg.Connection,
    name: str,
    parameters: Sequence[object] | Mapping[str, object] = (),
) -> int:
    """The number that it answers; 0 where there is no row."""
    row = connection.execute(query(name), parameters).fetchone()
    return int(row[0]) if row else 0
