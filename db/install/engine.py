"""Which of the two engines a server offers, and which a database was built for."""

from typing import NamedTuple, get_args

import psycopg
from psycopg.rows import scalar_row

from pgstrike.db.errors import DatabaseError, SettingError
from pgstrike.db.install.render import Engine

OLDEST_POSTGRES = 15
OLDEST_TIMESCALEDB = (2, 28)
COMMUNITY = "install the Community build of TimescaleDB 2.28 or newer"
OR_PLAIN = "or set PGSTRIKE_ENGINE=postgres to do without it"


class EngineChoice(NamedTuple):
    """The engine, and why it was chosen."""

    engine: Engine
    reason: str
    made_extension: bool


def installed_engine(connection: psycopg.Connection) -> Engine | None:
    """The engine that the database was built for; None where nothing is built."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        cursor.execute("SELECT to_regclass('job.installation') IS NOT NULL")
        if not cursor.fetchone():
            return None
        cursor.execute("SELECT engine FROM job.installation")
        stored = cursor.fetchone()
    for engine in get_args(Engine):
        if stored == engine:
            return engine  # type: ignore[no-any-return]
    return None


def choose_engine(connection: psycopg.Connection, wanted: str | None) -> EngineChoice:
    """Choose from what the server offers; create the extension where it is chosen.

    The connection must be fresh: TimescaleDB wants to be created first thing.
    """
    major = connection.info.server_version // 10000
    if major < OLDEST_POSTGRES:
        raise DatabaseError(
            f"the server is PostgreSQL {major}; use {OLDEST_POSTGRES} or newer"
        )
    if wanted == "postgres":
        return EngineChoice("postgres", "PGSTRIKE_ENGINE says so", False)
    missing = why_no_timescaledb(connection)
    if missing is None:
        made = create_timescaledb(connection)
        return EngineChoice("timescaledb", "the server offers it", made)
    if wanted == "timescaledb":
        raise SettingError(f"PGSTRIKE_ENGINE is timescaledb, but {missing}")
    return EngineChoice("postgres", missing, False)


def why_no_timescaledb(connection: psycopg.Connection) -> str | None:
    # Only a superuser may read shared_preload_libraries; what a library defines, everybody.
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_settings"
        " WHERE name = 'timescaledb.disable_load')"
        " FROM pg_catalog.pg_available_extensions WHERE name = 'timescaledb'"
    ).fetchone()
    if row is None:
        return "the server does not have TimescaleDB"
    if not row[0]:
        return "TimescaleDB is not in the server's shared_preload_libraries"
    return None


def create_timescaledb(connection: psycopg.Connection) -> bool:
    """Create the extension unless it is there, and refuse one that cannot serve.

    Returns whether it was created. A refused extension is not created.
    """
    made = (
        connection.execute(
            "SELECT FROM pg_catalog.pg_extension WHERE extname = 'timescaledb'"
        ).rowcount
        == 0
    )
    with connection.transaction():
        if made:
            # It warns of telemetry and of tuning, in many lines.
            connection.execute("SET LOCAL client_min_messages = 'error'")
            connection.execute("CREATE EXTENSION timescaledb")
        row = connection.execute(
            "SELECT extversion, current_setting('timescaledb.license')"
            " FROM pg_catalog.pg_extension WHERE extname = 'timescaledb'"
        ).fetchone()
        assert row is not None
        version, licence = row
        if tuple(map(int, version.split("-")[0].split(".")[:2])) < OLDEST_TIMESCALEDB:
            raise DatabaseError(
                f"the server's TimescaleDB is {version}, too old; {COMMUNITY}, {OR_PLAIN}"
            )
        if licence != "timescale":
            raise DatabaseError(
                "the server has the Apache build of TimescaleDB, which has no continuous"
                f" aggregates; {COMMUNITY}, {OR_PLAIN}"
            )
    return made
