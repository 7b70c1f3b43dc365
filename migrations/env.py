"""How `alembic` reaches the database: state by revisions, logic around them.

One transaction: drop logic, run the pending revisions, build logic. Where nothing is
pending and logic is as its text says, nothing is touched.
"""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator

import psycopg
from alembic import context
from alembic.script import ScriptDirectory
from psycopg import errors
from sqlalchemy import create_engine, pool
from sqlalchemy.exc import DBAPIError

from pgstrike.db.connection import connect, describe, session_conninfo
from pgstrike.db.embedded.server import reach_database
from pgstrike.db.errors import PgstrikeError, SettingError, database_errors, one_line
from pgstrike.db.install.engine import EngineChoice, choose_engine, installed_engine
from pgstrike.db.install.render import Engine
from pgstrike.db.install.replace import prepare_swap, swap
from pgstrike.db.install.roles import close_doors, make_roles, open_doors
from pgstrike.db.install.schema import (
    build_logic,
    built_logic,
    differing,
    drop_logic,
    has_grants,
    logic_hash,
    refuse_other_state,
)
from pgstrike.db.lock import held, holders, sessions, upgrade_lock
from pgstrike.db.settings import DatabaseSettings

UPGRADE_SECONDS = 600  # that one upgrade waits for another

ADVICE: dict[type[BaseException], str] = {
    errors.DuplicateSchema: "give pgstrike a database of its own",
    errors.InsufficientPrivilege: "upgrade as the owner of the database",
}


def main() -> None:
    if context.is_offline_mode():
        raise SettingError("there is no --sql mode; run against a database")
    settings = DatabaseSettings.from_env(os.environ)
    with (
        reach_database(settings.dsn, settings.data_dir) as dsn,
        database_errors(describe(dsn)),
        advice(),
    ):
        migrate(dsn, settings)


@contextlib.contextmanager
def advice() -> Iterator[None]:
    """Say what to do about what a sound database may well answer."""
    try:
        yield
    except (psycopg.Error, DBAPIError) as error:
        cause = getattr(error, "orig", error)  # Alembic's own errors come wrapped
        if type(cause) not in ADVICE:
            raise cause from None
        raise PgstrikeError(f"{one_line(cause)}; {ADVICE[type(cause)]}") from error


@contextlib.contextmanager
def alone(dsn: str) -> Iterator[None]:
    """Nobody else upgrades meanwhile: two would both find nothing built."""
    if not is_moving():
        yield
        return
    with connect(dsn, "upgrade lock") as holder:
        lock = upgrade_lock(holder.info.dbname)
        with held(holder, lock, seconds=UPGRADE_SECONDS, say=say) as mine:
            if not mine:
                raise PgstrikeError(
                    f"another upgrade goes on, {holders(holder, lock)}; end it first"
                )
            yield


@contextlib.contextmanager
def named_obstacles(connection: psycopg.Connection) -> Iterator[None]:
    """Say who works in the database where an upgrade cannot have it for itself."""
    try:
        yield
    except (errors.LockNotAvailable, DBAPIError) as error:
        cause = getattr(error, "orig", error)
        if not isinstance(cause, errors.LockNotAvailable):
            raise
        raise PgstrikeError(
            f"the database is in use by {sessions(connection, 'logic_users', {})}; "
            "try again when that is over, or end it with pg_terminate_backend"
        ) from error


def migrate(dsn: str, settings: DatabaseSettings) -> None:
    with alone(dsn), connect(dsn, "upgrade") as connection:
        refuse_unknown_revision(connection)
        engine, choice = installed_engine(connection), None
        if engine is not None:
            say(f"engine: {engine} (the database was built for it)")
            if wanted_revisions():
                refuse_other_state(connection, engine)
        elif wanted_revisions():
            choice = choose_engine(connection, settings.engine)
            engine = choice.engine
            say(f"engine: {engine} ({choice.reason})")
        made_extension = has_made_extension(connection, choice)
        try:
            with named_obstacles(connection):
                run(dsn, engine or "postgres", choice)
        finally:
            if is_moving() and installed_engine(connection) is None:
                sweep(connection, made_extension)


def run(dsn: str, engine: Engine, choice: EngineChoice | None) -> None:
    # SQLAlchemy only lends the connection to Alembic: nothing is pooled.
    lender = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(session_conninfo(dsn, "pgstrike upgrade", {})),
        poolclass=pool.NullPool,
    )
    done: list[str] = []
    with lender.begin() as lent:
        context.configure(connection=lent, version_table_schema="public")
        raw = lent.connection.driver_connection
        assert raw is not None
        if wanted_revisions():
            done += repair(raw)
        rebuild = is_moving() and changes(raw, engine)
        # Before the first upgrade a schema of that name is somebody else's.
        rollups_differ = False
        if rebuild and installed_engine(raw) is not None:
            rollups_differ = bool(wanted_revisions() and differing(raw, engine))
            if rollups_differ:
                prepare_swap(raw, engine)
            drop_logic(raw)
        with context.begin_transaction():
            context.run_migrations(engine=engine, choice=choice)
        if rollups_differ:
            done += swap(raw, engine)
        if rebuild and current_heads(raw) == all_heads():
            build_logic(raw, engine)
            done.append("logic: rebuilt")
        elif is_moving() and not rebuild and not done:
            done.append("nothing to do")
    for line in done:
        say(line)


def repair(raw: psycopg.Connection) -> list[str]:
    """Make what is missing of our roles and their rights. Returns what is to be said.

    Another server has other roles, and a restore may bring no rights.
    """
    done = [*make_roles(raw), *close_doors(raw)]
    if installed_engine(raw) is None:
        return []
    if built_logic(raw) is not None and not has_grants(raw):
        done.append("the rights of our roles")
    return [f"repaired: {each}" for each in done]


def changes(raw: psycopg.Connection, engine: Engine) -> bool:
    """Whether revisions are pending, the logic's text changed, or rights were lost."""
    if installed_engine(raw) is None or built_logic(raw) != logic_hash(engine):
        return True
    return (
        current_heads(raw) != wanted_revisions()
        or not has_grants(raw)
        or bool(differing(raw, engine))
    )


def refuse_unknown_revision(connection: psycopg.Connection) -> None:
    """A database that a newer pgstrike has upgraded is left as it is."""
    script = ScriptDirectory.from_config(context.config)
    known = {revision.revision for revision in script.walk_revisions()}
    for revision in current_heads(connection) - known:
        raise PgstrikeError(
            f"the database is at revision {revision}, which this pgstrike does not know; "
            "use the pgstrike that upgraded it, or a newer one"
        )


def current_heads(connection: psycopg.Connection) -> set[str]:
    there = connection.execute(
        "SELECT to_regclass('public.alembic_version') IS NOT NULL"
    ).fetchone()
    if not there or not there[0]:
        return set()
    found = connection.execute("SELECT version_num FROM public.alembic_version")
    return {row[0] for row in found}


def has_made_extension(
    connection: psycopg.Connection, choice: EngineChoice | None
) -> bool:
    if choice is not None or installed_engine(connection) is None:
        return choice is not None and choice.made_extension
    row = connection.execute("SELECT made_extension FROM job.installation").fetchone()
    return bool(row and row[0])


def sweep(connection: psycopg.Connection, made_extension: bool) -> None:
    """After `downgrade base`: what stands outside the revisions goes as well."""
    connection.execute("DROP TABLE IF EXISTS public.alembic_version")
    open_doors(connection)
    if made_extension:
        connection.execute("DROP EXTENSION IF EXISTS timescaledb CASCADE")


def wanted_revisions() -> set[str]:
    """Where the command goes: none for base, and for one that goes nowhere."""
    if not is_moving():
        return set()
    wanted = context.get_revision_argument()
    if wanted is None:
        return set()
    return {wanted} if isinstance(wanted, str) else set(wanted)


def is_moving() -> bool:
    """`current`, `check` and the like run this file too, without a destination."""
    try:
        context.get_revision_argument()
    except KeyError:
        return False
    return True


def all_heads() -> set[str]:
    return set(ScriptDirectory.from_config(context.config).get_heads())


def say(text: str) -> None:
    sys.stderr.write(f"pgstrike: {text}\n")


logging.getLogger("alembic").setLevel(logging.WARNING)
try:
    main()
except PgstrikeError as error:
    sys.exit(f"pgstrike: {error}")
except psycopg.Error as error:
    sys.exit(f"pgstrike: the database refused: {one_line(error)}")
