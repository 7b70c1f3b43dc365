"""A symbol that the exchange has renamed keeps its history, under the new name."""

from functools import partial

import psycopg

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.ingest.store_again import (
    Chains,
    move_quotes,
    refuse_sealed,
    store_of,
)
from pgstrike.jobs.progress import Shown, nothing


def rename(
    connection: psycopg.Connection, old: str, new: str, shown: Shown = nothing
) -> int:
    """Move all quotes of a symbol to a new name, and keep the old one as an alias.

    In one transaction. Returns how many quotes there were. Feeds that run meanwhile must be
    started again: they learn of aliases when they start.
    """
    with connection.transaction():
        refuse_wrong(connection, old, new)
        store = store_of(connection, old)
        refuse_sealed(connection, Chains(old))
        names = {"old": old, "new": new}
        row = connection.execute(query("rename_begins"), names).fetchone()
        if row is not None and row[0]:
            raise PgstrikeError(
                f"{old} and {new} were both quoted at the same times, {row[0]:,} quotes in "
                "all; they are two symbols, and cannot be joined"
            )
        progress = partial(shown, f"moving {old} to {new}")
        moved = move_quotes(store, Chains(old), Chains(new), progress)
        connection.execute(query("rename_ends"), names)
    return moved


def refuse_wrong(connection: psycopg.Connection, old: str, new: str) -> None:
    """Refuse names that cannot be joined."""
    if old == new:
        raise PgstrikeError(
            f"{old} is called so already; give the old and the new name"
        )
    found = connection.execute(query("source_kinds"), [[old, new]]).fetchall()
    kinds: dict[str, str] = dict(found)
    if new in kinds and kinds[new] != kinds.get(old, kinds[new]):
        raise PgstrikeError(f"{new} has {kinds[new]} quotes, and {old} has others")
