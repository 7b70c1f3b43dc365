"""What ops.health says."""

from typing import Any

import psycopg
from psycopg.rows import class_row

from pgstrike.db.health import Check


def checks(connection: psycopg.Connection, **known: Any) -> dict[str, Check]:
    """The checks by name. `known` has parameters of ops.health, without their p_."""
    given = ", ".join(f"p_{name} => %({name})s" for name in known)
    with connection.cursor(row_factory=class_row(Check)) as cursor:
        cursor.execute(f"SELECT * FROM ops.health({given})".encode(), known)
        return {check.name: check for check in cursor}
