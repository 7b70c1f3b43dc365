"""Replacing rollups whose definition has changed, while they are read and written.

The new one is built beside the old one, as fo.<name>_next. It is a row of job.rollup, so that
every change is noted for it too, and each `pgstrike run` keeps it fresh. A task gives it the
past (jobs/tasks/replace_rollups.py). `swap` is a part of the upgrade's one transaction; the
old relations go to schema `replaced`, and stay until they are dropped.
"""

import json
import re
from pathlib import Path

import psycopg
from psycopg import sql

from pgstrike.db.errors import DatabaseError
from pgstrike.db.install.engine import installed_engine
from pgstrike.db.install.render import (
    Engine,
    Rollup,
    read,
    render,
    rollup_function,
    rollups,
)
from pgstrike.db.install.roles import statements
from pgstrike.db.install.schema import (
    SNAPSHOT,
    definitions,
    differing,
    stored_definitions,
)
from pgstrike.db.paths import SQL
from pgstrike.db.queries import query

NEXT = "_next"
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '10s'"


def to_replace(connection: psycopg.Connection, engine: Engine) -> list[Rollup]:
    """The rollups that are defined otherwise, and those that read them; finer ones first."""
    names, found = differing(connection, engine), []
    for rollup in rollups(SQL / "state"):
        if rollup.name in names or rollup.source in names:
            names.add(rollup.name)
            found.append(rollup)
    return found


def build_beside(connection: psycopg.Connection, engine: Engine) -> list[str]:
    """Make the new rollups, empty, and have changes noted for them. Returns their names.

    Those that are there already stay as they are. Writers wait until the batches that are being
    stored are through, because these may note their changes for the old ones only.
    """
    found = to_replace(connection, engine)
    wanted = {rollup.name + NEXT: definitions(engine)[rollup.name] for rollup in found}
    known = stored_definitions(connection)
    if wanted == {name: known[name] for name in known if name.endswith(NEXT)}:
        return list(wanted)
    refuse_kept(connection, [rollup.name for rollup in found])
    with connection.transaction():
        connection.execute(LOCK_TIMEOUT)
        forget(connection)
        connection.execute(query("lock_marks"))
        for rollup in found:
            build(connection, engine, rollup, {each.name for each in found})
        note_definitions(connection, {**stored_definitions(connection), **wanted})
    return list(wanted)


def build(
    connection: psycopg.Connection, engine: Engine, rollup: Rollup, names: set[str]
) -> None:
    """One new rollup; it reads the new ones of those that are replaced too."""
    new = rollup.name + NEXT
    longest = "|".join(sorted(names, key=len, reverse=True))
    text = re.sub(rf"\b({longest})(?=\b|_)", rf"\1{NEXT}", read(file_of(rollup.name)))
    connection.execute(render(text, engine).encode())
    source = rollup.source + NEXT * (rollup.source in names)
    if engine == "postgres":
        function = rollup_function(Rollup(new, source, rollup.select))
        connection.execute(function.encode())
        signature = "ops.{}(text, timestamptz, timestamptz)"
        revoke = f"REVOKE EXECUTE ON FUNCTION {signature} FROM public"
        connection.execute(sql.SQL(revoke).format(sql.Identifier(new)))
    row = {"rollup": rollup.name, "new": new, "source": source}
    connection.execute(query("add_new_rollup"), row)


def forget(connection: psycopg.Connection) -> list[str]:
    """Drop the new rollups that are being built. Returns their names."""
    engine = installed_engine(connection)
    names = [row[0] for row in connection.execute(query("new_rollups"))]
    for name in names:
        if engine == "postgres":
            drop = "DROP FUNCTION IF EXISTS ops.{}(text, timestamptz, timestamptz)"
            connection.execute(sql.SQL(drop).format(sql.Identifier(name)))
        drop_relation(connection, "fo", name)
        connection.execute("DELETE FROM job.stale_bucket WHERE rollup = %s", [name])
        connection.execute("DELETE FROM job.rollup WHERE rollup = %s", [name])
    if names:
        known = stored_definitions(connection)
        note_definitions(
            connection, {name: known[name] for name in known if name not in names}
        )
    return names


def require_ready(connection: psycopg.Connection, engine: Engine) -> None:
    """Refuse an upgrade whose new rollups are not built yet."""
    wanted = {rollup.name for rollup in to_replace(connection, engine)}
    known = connection.execute(query("new_rollups")).fetchall()
    ready = {replaces for _, replaces, is_ready in known if is_ready}
    stored, new = stored_definitions(connection), definitions(engine)
    missing = [
        name
        for name in sorted(wanted)
        if name not in ready or stored.get(name + NEXT) != new[name]
    ]
    if missing:
        raise DatabaseError(
            f"the definition of {', '.join(missing)} has changed; run `pgstrike rollup "
            "replace`, which builds them beside the old ones, then `pgstrike upgrade`"
        )
    refuse_kept(connection, sorted(wanted))


def refuse_kept(connection: psycopg.Connection, names: list[str]) -> None:
    """Each rollup has one old one at most."""
    kept = {row[0] for row in connection.execute(query("kept_rollups"))}
    if again := kept.intersection(names):
        raise DatabaseError(
            f"the old {', '.join(sorted(again))} are kept yet; "
            "run `pgstrike rollup drop-old` first"
        )


def prepare_swap(connection: psycopg.Connection, engine: Engine) -> None:
    """Before the logic is dropped: nothing refreshes or stores until the transaction ends."""
    require_ready(connection, engine)
    connection.execute(LOCK_TIMEOUT)
    for lock in ("lock_refresh", "lock_snapshot", "lock_marks"):
        connection.execute(query(lock))
    for seals in ("forget_old_seals", "seal_new_bars"):
        connection.execute(query(seals))


def swap(connection: psycopg.Connection, engine: Engine) -> list[str]:
    """Put the new rollups in the places of the old ones. Returns what is to be said.

    The snapshot reads rollups, so it is made again. Its number is written before: it may show
    more than the event that it names.
    """
    new = connection.execute(query("new_rollups")).fetchall()
    connection.execute(f"DROP MATERIALIZED VIEW fo.{SNAPSHOT}".encode())
    if new:
        connection.execute("CREATE SCHEMA IF NOT EXISTS replaced")
    for name, rollup, _ in new:
        exchange(connection, engine, name, rollup)
    connection.execute(query("swap_marks"))
    connection.execute("DELETE FROM job.rollup WHERE replaces IS NOT NULL")
    connection.execute(query("renumber_snapshot"))
    connection.execute(render(read(file_of(SNAPSHOT)), engine).encode())
    note_definitions(connection, definitions(engine))
    return [f"replaced: {', '.join(sorted(row[1] for row in new))}"] if new else []


def exchange(
    connection: psycopg.Connection, engine: Engine, new: str, rollup: str
) -> None:
    kind = "TABLE" if engine == "postgres" else "MATERIALIZED VIEW"
    for change in (
        f"ALTER {kind} fo.{{rollup}} SET SCHEMA replaced",
        f"ALTER {kind} fo.{{new}} RENAME TO {{rollup}}",
    ):
        names = {"new": sql.Identifier(new), "rollup": sql.Identifier(rollup)}
        connection.execute(sql.SQL(change).format(**names))
    named = {"new": new, "rollup": rollup}
    for statement in statements(connection, "own_names", named):
        connection.execute(statement.encode())


def drop_old(connection: psycopg.Connection) -> list[str]:
    """Drop the rollups that were replaced. Returns their names."""
    names = [row[0] for row in connection.execute(query("kept_rollups"))]
    with connection.transaction():
        for name in names:
            drop_relation(connection, "replaced", name)
        connection.execute("DROP SCHEMA IF EXISTS replaced")
    return names


def drop_relation(connection: psycopg.Connection, schema: str, name: str) -> None:
    is_table = installed_engine(connection) == "postgres"
    kind = "TABLE" if is_table else "MATERIALIZED VIEW"
    drop = sql.SQL(f"DROP {kind} {{}}").format(sql.Identifier(schema, name))
    connection.execute(drop)


def note_definitions(connection: psycopg.Connection, found: dict[str, str]) -> None:
    connection.execute(
        "UPDATE job.installation SET definitions = %s", [json.dumps(found)]
    )


def file_of(name: str) -> Path:
    [path] = (SQL / "state").glob(f"[0-9][0-9]_{name}.sql")
    return path
