"""What an edge knows of itself: its primary, and its subscription."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row

from pgstrike.db.queries import query

Say = Callable[[str], object]


class Known(NamedTuple):
    """The row of job.edge."""

    primary_name: str
    subscription: str
    is_ready: bool


class Copied(NamedTuple):
    """How far the first copy is."""

    done: int
    tables: int
    errors: int


def known_edge(connection: psycopg.Connection) -> Known | None:
    with connection.cursor(row_factory=class_row(Known)) as cursor:
        return cursor.execute(
            "SELECT primary_name, subscription, is_ready FROM job.edge"
        ).fetchone()


def has_subscription(edge: psycopg.Connection, name: str) -> bool:
    known = edge.execute(
        "SELECT FROM pg_catalog.pg_subscription WHERE subname = %s", [name]
    )
    return known.rowcount > 0


def subscription_name(edge: psycopg.Connection) -> str:
    """The same for the same database: a call that was cut short is found again."""
    [server, database] = row(
        edge,
        "SELECT system_identifier, current_database() FROM pg_control_system()",
    )
    digest = hashlib.sha256(f"{server}:{database}".encode()).hexdigest()
    return f"pgstrike_edge_{digest[:12]}"


def copied(edge: psycopg.Connection, name: str) -> Copied:
    with edge.cursor(row_factory=class_row(Copied)) as cursor:
        found = cursor.execute(query("copied_tables"), {"name": name}).fetchone()
    assert found is not None
    return found


def primary_dsn(edge: psycopg.Connection, name: str) -> str | None:
    """Where the edge gets its tables from; only a superuser may read it."""
    found = edge.execute(
        "SELECT subconninfo FROM pg_catalog.pg_subscription WHERE subname = %s", [name]
    ).fetchone()
    return None if found is None else str(found[0])


def edge_tables(connection: psycopg.Connection) -> list[str]:
    """As they are written in a statement."""
    return [name for (name,) in connection.execute("SELECT ops.edge_tables()::text")]


def row(connection: psycopg.Connection, statement: str | bytes) -> tuple[object, ...]:
    text = statement.encode() if isinstance(statement, str) else statement
    found = connection.execute(text).fetchone()
    assert found is not None
    return tuple(found)
