"""What Python asks: one named statement per file of sql/queries."""

from functools import cache

from pgstrike.db.paths import SQL

# A view of the other tables, and a table with the columns of that view.
LAST = ("batch_final", "batch_repair")


@cache
def query(name: str) -> bytes:
    """The statement in sql/queries/<name>.sql, as the bytes that psycopg executes."""
    return (SQL / "queries" / f"{name}.sql").read_bytes()


@cache
def batch_tables() -> bytes:
    """The temporary tables and views of one ingest transaction: a file of sql/batch each."""
    paths = (SQL / "batch").glob("*.sql")
    ordered = sorted(paths, key=lambda path: (path.stem in LAST, path.stem))
    return b"\n".join(path.read_bytes() for path in ordered)
