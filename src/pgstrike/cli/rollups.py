"""`pgstrike rollup`: rollups whose definition has changed, replaced without downtime."""

import json
import os
from typing import TYPE_CHECKING

import click

from pgstrike.cli.reach import database_settings, end_by_signals, reached
from pgstrike.cli.task import follow
from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query

if TYPE_CHECKING:
    import psycopg

    from pgstrike.db.install.render import Engine

NOTHING = "every rollup is as this pgstrike defines it"


@click.group()
def rollup() -> None:
    """Replace rollups whose definition has changed, while they are read and written.

    `replace` builds the new ones beside the old ones, `pgstrike upgrade` puts them in their
    places, and `drop-old` drops the old ones.
    """


@rollup.command("list")
def list_rollups() -> None:
    """List the rollups, and which are to be replaced, built or kept."""
    from pgstrike.db.connection import connect
    from pgstrike.db.install.replace import to_replace

    with reached(database_settings()) as dsn, connect(dsn, "rollups") as connection:
        differ = {each.name for each in to_replace(connection, engine_of(connection))}
        rows = connection.execute(query("new_rollups")).fetchall()
        new = {replaces: is_ready for _, replaces, is_ready in rows}
        kept = {row[0] for row in connection.execute(query("kept_rollups"))}
        for name, _, _ in connection.execute(query("rollups")):
            if name in {row[0] for row in rows}:
                continue
            said = "differs from this pgstrike" if name in differ else "as defined"
            if name in new:
                said += ", the new one is " + ("ready" if new[name] else "being built")
            if name in kept:
                said += ", the old one is kept"
            click.echo(f"{name:24} {said}")


@rollup.command()
def replace() -> None:
    """Build a new rollup beside each one whose definition has changed.

    The rollups that read it are built new too. It shows the progress, and prints how new and
    old bars compare. You may end it, and begin it again: a task does the work. Then `pgstrike
    upgrade` puts the new ones in their places.
    """
    end_by_signals()
    with reached(database_settings()) as dsn:
        if not replace_differing(dsn):
            click.echo(NOTHING)


@rollup.command("forget")
def forget_new() -> None:
    """Drop the new rollups that are being built; the old ones stay."""
    from pgstrike.db.connection import connect
    from pgstrike.db.install.replace import forget

    with reached(database_settings()) as dsn, connect(dsn, "rollups") as connection:
        for (id,) in connection.execute(query("unfinished_tasks"), ["replace"]):
            connection.execute(query("cancel_task"), {"id": id})
        with connection.transaction():
            names = forget(connection)
    click.echo(f"dropped: {', '.join(names)}" if names else "no rollup is being built")


@rollup.command("drop-old")
def drop() -> None:
    """Drop the old rollups that were kept when they were replaced."""
    from pgstrike.db.connection import connect
    from pgstrike.db.install.replace import drop_old

    with reached(database_settings()) as dsn, connect(dsn, "rollups") as connection:
        names = drop_old(connection)
    click.echo(f"dropped: {', '.join(names)}" if names else "no old rollup is kept")


def replace_differing(dsn: str) -> bool:
    """Build what is to be replaced, and follow the task that does it. False: there is nothing.

    Our own worker does it, or that of a `pgstrike run`, whichever is first.
    """
    from pgstrike.db.connection import connect
    from pgstrike.db.install.engine import installed_engine
    from pgstrike.db.install.replace import build_beside

    with connect(dsn, "rollups") as connection:
        if installed_engine(connection) is None:
            return False
        engine = engine_of(connection)
        names = build_beside(connection, engine)
        if not names:
            return False
        rows = connection.execute(query("new_rollups")).fetchall()
        if not all(is_ready for _, _, is_ready in rows):
            build(dsn, connection)
    return True


def build(dsn: str, connection: "psycopg.Connection") -> None:
    from pgstrike.jobs.settings import JobsSettings
    from pgstrike.jobs.tasks.pool import working
    from pgstrike.jobs.tasks.replace_rollups import KIND

    settings = JobsSettings.from_env({**os.environ, "PGSTRIKE_MAX_TASKS": "1"})
    with working(dsn, settings, lambda *_: {KIND.name: KIND}):
        follow(connection, task_of(connection))


def task_of(connection: "psycopg.Connection") -> int:
    """The task that gives the new rollups the past: the one that is there, or a new one."""
    from pgstrike.jobs.tasks.replace_rollups import KIND

    known = connection.execute(query("unfinished_tasks"), [KIND.name]).fetchone()
    if known is not None:
        return int(known[0])
    connection.execute(
        query("note_kind"), [KIND.name, KIND.about, json.dumps(KIND.schema()), False]
    )
    wanted = {"kind": KIND.name, "arguments": "{}", "idempotency_key": None}
    [(id,)] = connection.execute(query("ask_task"), wanted).fetchall()
    return int(id)


def engine_of(connection: "psycopg.Connection") -> "Engine":
    """The engine of a database whose other tables are ours."""
    from pgstrike.db.install.engine import installed_engine
    from pgstrike.db.install.schema import refuse_other_state

    engine = installed_engine(connection)
    if engine is None:
        raise PgstrikeError("the database is empty; run `pgstrike upgrade` first")
    refuse_other_state(connection, engine)
    return engine
