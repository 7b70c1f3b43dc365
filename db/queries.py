"""What Python asks: one named statement per file of sql/queries."""

from functools import cache

from pgstrike.db.paths import SQL


@cache
def query(name: str) -> bytes:
    """The statement in sql/queries/<name>.sql, as the bytes that psycopg executes."""
    return (SQL / "queries" / f"{name}.sql").read_bytes()
