"""`pgstrike edge`: a database near the readers that follows another one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from pgstrike.cli.reach import database_settings, end_by_signals, opened, reached
from pgstrike.db.errors import PgstrikeError, database_errors
from pgstrike.db.paths import MIGRATIONS

if TYPE_CHECKING:
    import psycopg


@click.group()
def edge() -> None:
    """Make a database near the readers a copy of another one, its primary.

    PGSTRIKE_DSN is the edge. `pgstrike serve --source edge` serves it, and `pgstrike run` there
    keeps its snapshot.
    """


@edge.command()
@click.option(
    "--primary",
    required=True,
    metavar="DSN",
    help="The primary, as the edge's server reaches it; a role that may replicate.",
)
def add(primary: str) -> None:
    """Make an empty database an edge: build it, copy what the primary has, and follow.

    You may end it and run it again: it continues where it ended.

    Example: PGSTRIKE_DSN=postgresql://edge/pgstrike pgstrike edge add --primary
    postgresql://main/pgstrike
    """
    from pgstrike.db.connection import connect, describe
    from pgstrike.db.install.edge import membership

    end_by_signals()
    with reached(database_settings()) as dsn:
        build(dsn)
        with connect(dsn, "edge") as own, primary_of(primary) as sending:
            membership.add(own, sending, primary, click.echo)
        refresh(dsn)
    click.echo(f"this database is an edge of {describe(primary)}")


def build(dsn: str) -> None:
    """Build a database that is empty, for the plain engine."""
    from pgstrike.db.connection import connect
    from pgstrike.db.install.engine import installed_engine

    with connect(dsn, "edge") as connection:
        if installed_engine(connection) is not None:
            return
    from alembic import command
    from alembic.config import Config

    os.environ["PGSTRIKE_ENGINE"] = "postgres"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")


def refresh(dsn: str) -> None:
    from pgstrike.db.connection import connect
    from pgstrike.db.lock import SNAPSHOT, held
    from pgstrike.jobs.refresh.refresh import refresh_snapshot

    with (
        connect(dsn, "edge") as connection,
        connect(dsn, "snapshot lock") as holder,
        held(holder, SNAPSHOT),
    ):
        refresh_snapshot(connection)


@contextmanager
def primary_of(dsn: str) -> Iterator["psycopg.Connection"]:
    from pgstrike.db.connection import connect, describe

    with database_errors(f"the primary, {describe(dsn)}"):
        connection = connect(dsn, "edge")
    with connection:
        yield connection


@edge.command()
def status() -> int:
    """Show how the edge stands, and what its primary keeps for it.

    It ends with status 1 where something is wrong.
    """
    from pgstrike.db.install.edge.known import copied, known_edge

    with opened(database_settings(), "edge") as own:
        known = known_edge(own)
        if known is None:
            raise PgstrikeError(
                "the database is no edge; see `pgstrike edge add --help`"
            )
        found = copied(own, known.subscription)
        click.echo(f"primary   {known.primary_name}")
        click.echo(f"tables    {found.done} of {found.tables} copied")
        if found.errors:
            click.echo(
                f"errors    {found.errors}; the log of the edge's server says why"
            )
        is_well = known.is_ready and heard(own)
        return int(not (slot(own, known.subscription) and is_well))


def heard(own: "psycopg.Connection") -> bool:
    check = own.execute(
        "SELECT state, says, remedy FROM ops.health_of_edges()"
    ).fetchone()
    assert check is not None
    state, says, remedy = check
    click.echo(f"edge      {'; '.join(filter(None, [says, remedy]))}")
    return bool(state == "ok")


def slot(own: "psycopg.Connection", name: str) -> bool:
    """Say how the slot on the primary is. False where the edge cannot go on from it."""
    from pgstrike.db.install.edge.known import primary_dsn
    from pgstrike.db.install.edge.sending import slot_of

    dsn = primary_dsn(own, name)
    if dsn is None:
        click.echo("slot      there is no subscription; run `pgstrike edge remove`")
        return False
    try:
        with primary_of(dsn) as primary:
            found = slot_of(primary, name)
    except PgstrikeError as error:
        click.echo(f"slot      {error}")
        return False
    if found is None or found.wal_status == "lost":
        click.echo(
            f"slot      {name} is {'not there' if found is None else 'lost'}, so the edge "
            "cannot go on; run `pgstrike edge remove`, and add an empty database"
        )
        return False
    kept = f"{found.kept_bytes / 1_000_000:.1f} MB of WAL kept"
    click.echo(
        f"slot      {name}, {'in use' if found.active else 'not in use'}, {kept}"
    )
    return True


@edge.command()
def remove() -> None:
    """Turn an edge into an ordinary database. Its data stay."""
    from pgstrike.db.install.edge import membership
    from pgstrike.db.install.edge.known import known_edge, primary_dsn

    end_by_signals()
    with opened(database_settings(), "edge") as own:
        known = known_edge(own)
        where = known and primary_dsn(own, known.subscription)
        with reachable(where) as primary:
            name = membership.remove(own, primary)
    click.echo("this database is no edge any more")
    if primary is None:
        click.echo(
            "warning: on the primary, drop what it keeps for the edge: "
            f"SELECT pg_drop_replication_slot('{name}')"
        )


@contextmanager
def reachable(dsn: str | None) -> Iterator["psycopg.Connection | None"]:
    """The primary; None where it is away, or not known."""
    import psycopg

    from pgstrike.db.connection import connect

    try:
        connection = None if dsn is None else connect(dsn, "edge")
    except psycopg.OperationalError:
        connection = None
    if connection is None:
        yield None
        return
    with connection:
        yield connection
