"""Our roles, and what they are granted. Roles belong to the server, not to the database.

So a database that was restored on another server comes without them: every upgrade looks.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import errors
from psycopg.rows import scalar_row

from pgstrike.db.errors import DatabaseError
from pgstrike.db.queries import query

READER, SERVER, ALERT = "pgstrike_reader", "pgstrike_server", "pgstrike_alert"


def make_roles(connection: psycopg.Connection) -> list[str]:
    """Create missing roles and memberships. Returns the statements."""
    missing = statements(connection, "missing_roles")
    for statement in missing:
        try:
            with connection.transaction():
                connection.execute(statement.encode())
        except (errors.DuplicateObject, errors.UniqueViolation):
            pass  # another database's upgrade made it at this moment
        except errors.InsufficientPrivilege as error:
            raise DatabaseError(
                f"{connection.info.user} may not make the roles of readers; "
                f"let an administrator run: {'; '.join(missing)}"
            ) from error
    return missing


def close_doors(connection: psycopg.Connection) -> list[str]:
    """Take from PUBLIC what harms others, where we may. Returns the statements."""
    return run(connection, is_open=True)


def open_doors(connection: psycopg.Connection) -> list[str]:
    """Give it back, as Postgres has it by default. Returns the statements."""
    return run(connection, is_open=False)


def run(connection: psycopg.Connection, *, is_open: bool) -> list[str]:
    wanted = statements(connection, "doors_of_public", {"is_open": is_open})
    for statement in wanted:
        connection.execute(statement.encode())
    return wanted


def statements(
    connection: psycopg.Connection,
    name: str,
    parameters: Mapping[str, Any] | None = None,
) -> list[str]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query(name), parameters or {}).fetchall()


def grants(connection: psycopg.Connection) -> str:
    """The hash of all rights on our objects, those of PUBLIC included."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        found: str = cursor.execute(query("grants")).fetchone() or ""
    return found
