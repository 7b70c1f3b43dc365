"""Refusing a copy of a database where the database itself is needed.

That is asked at a start. A server that becomes a standby later may be the primary again.
"""

from typing import TYPE_CHECKING

from pgstrike.db.errors import DatabaseError
from pgstrike.db.queries import query

if TYPE_CHECKING:
    import psycopg


def refuse_standby(connection: "psycopg.Connection", do: str) -> None:
    """Refuse a server that nobody can listen to; `do` says what to do."""
    is_standby, _ = copied_from(connection)
    if is_standby:
        raise DatabaseError(f"the server is a standby, where nobody can LISTEN; {do}")


def refuse_copy(connection: "psycopg.Connection") -> None:
    """Refuse a database that only another one writes to."""
    is_standby, edge_of = copied_from(connection)
    if is_standby:
        raise DatabaseError(
            "the server is a standby, which takes no writes; point PGSTRIKE_DSN at the primary"
        )
    if edge_of is not None:
        raise DatabaseError(
            f"the database is an edge of {edge_of}, which alone writes to it; point "
            "PGSTRIKE_DSN there"
        )


def copied_from(connection: "psycopg.Connection") -> tuple[bool, str | None]:
    """Whether the server is a standby, and the primary of an edge."""
    [found] = connection.execute(query("copied_from")).fetchall()
    return found
