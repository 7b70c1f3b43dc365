"""The two lives of our SQL: state is migrated, logic is dropped and rebuilt.

State (schemas fo and job) holds data; revisions change it. Logic (ops, analytics, compat)
holds none. State never depends on logic, so logic can be absent while revisions run.
"""

import hashlib
from pathlib import Path

import psycopg

from pgstrike.db.errors import DatabaseError, one_line
from pgstrike.db.install.engine import installed_engine
from pgstrike.db.install.render import Engine, read, render, rollup_function, rollups
from pgstrike.db.install.roles import ALERT, READER, SERVER, grants
from pgstrike.db.paths import SQL
from pgstrike.db.queries import query

AFTER_A_RESTORE = "after a restore run `pgstrike upgrade` as the owner"

SNAPSHOT = "latest_snapshot"
LOGIC_SCHEMAS = ("ops", "analytics", "compat")

# A trigger is logic wherever its table is, so that it is none of those looked at.
LEANING = """
WITH home (classid, objid, schema) AS (
    SELECT 'pg_catalog.pg_class'::regclass, oid, relnamespace FROM pg_catalog.pg_class
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass, oid, pronamespace FROM pg_catalog.pg_proc
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, oid, typnamespace FROM pg_catalog.pg_type
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::regclass, oid, connamespace FROM pg_catalog.pg_constraint
    UNION ALL
    SELECT 'pg_catalog.pg_rewrite'::regclass, rule.oid, ruled.relnamespace
    FROM pg_catalog.pg_rewrite AS rule
    INNER JOIN pg_catalog.pg_class AS ruled ON rule.ev_class = ruled.oid
    UNION ALL
    SELECT 'pg_catalog.pg_attrdef'::regclass, value.oid, owner.relnamespace
    FROM pg_catalog.pg_attrdef AS value
    INNER JOIN pg_catalog.pg_class AS owner ON value.adrelid = owner.oid
)

SELECT DISTINCT
    pg_catalog.pg_describe_object(leaning.classid, leaning.objid, leaning.objsubid)
FROM pg_catalog.pg_depend AS leaning
INNER JOIN home AS state USING (classid, objid)
INNER JOIN home AS logic
    ON leaning.refclassid = logic.classid AND leaning.refobjid = logic.objid
WHERE logic.schema::regnamespace::text = ANY(%(logic)s)
    AND state.schema::regnamespace::text <> ALL(%(logic)s)
"""


# Files stand in the order of the data's way, not of who calls whom: bodies are checked last.
BODIES_LATER = "SET LOCAL check_function_bodies = off;\n"
CHECK_BODIES = """
SET LOCAL check_function_bodies = on;
SELECT
    CASE language.lanname
        WHEN 'sql' THEN pg_catalog.fmgr_sql_validator(function.oid)
        WHEN 'plpgsql' THEN pg_catalog.plpgsql_validator(function.oid)
    END
FROM pg_catalog.pg_proc AS function
INNER JOIN pg_catalog.pg_language AS language ON function.prolang = language.oid
WHERE function.pronamespace::regnamespace::text IN ('ops', 'analytics', 'compat');
"""
# The api takes on pgstrike_server, which may act for any key; a reader's own login joins
# pgstrike_reader. db/install/roles.py has made both.
OPEN_TO_READERS = "SELECT ops.open_to_readers();\n"
# The triggers on tables went with the logic before.
GUARD_SEALED = "SELECT ops.guard_sealed();\n"
GUARD_EDGE = "SELECT ops.guard_edge();\n"


def files(kind: str) -> list[Path]:
    """The files of sql/<kind>, in the order of the data's way."""
    return sorted((SQL / kind).rglob("*.sql"))


def state_source() -> str:
    """The present state, as one text for both engines."""
    return "".join(read(path) for path in files("state"))


def state_text(engine: Engine) -> str:
    """The present state, as one script."""
    return render(state_source(), engine)


def state_hash(engine: Engine) -> str:
    """The hash of what only a revision changes: rollups and snapshot can be replaced."""
    names = replaceable()
    kept = [path for path in files("state") if name_of(path) not in names]
    return text_hash(kept, engine)


def definitions(engine: Engine) -> dict[str, str]:
    """The hash of the text of each relation that can be replaced, by its name."""
    names = replaceable()
    return {
        name_of(path): text_hash([path], engine)
        for path in files("state")
        if name_of(path) in names
    }


def text_hash(paths: list[Path], engine: Engine) -> str:
    text = render("".join(read(path) for path in paths), engine)
    return hashlib.sha256(text.encode()).hexdigest()


def replaceable() -> set[str]:
    return {SNAPSHOT, *(rollup.name for rollup in rollups(SQL / "state"))}


def name_of(path: Path) -> str:
    """What a state file makes: its name without the number."""
    return path.stem.partition("_")[2]


def stored_definitions(connection: psycopg.Connection) -> dict[str, str]:
    """Those that the database was built from."""
    row = connection.execute("SELECT definitions FROM job.installation").fetchone()
    return {} if row is None else dict(row[0])


def differing(connection: psycopg.Connection, engine: Engine) -> set[str]:
    """What the database defines otherwise than this pgstrike."""
    stored = stored_definitions(connection)
    wanted = definitions(engine)
    return {name for name in wanted if stored.get(name) != wanted[name]}


def refuse_other_state(connection: psycopg.Connection, engine: Engine) -> None:
    """Refuse a database whose tables are not ours: before 0.1.0 no revision leads from it."""
    # By way of JSON, for an older database has no such column.
    row = connection.execute(
        "SELECT to_jsonb(installation) ->> 'state_hash' FROM job.installation"
    ).fetchone()
    if row is None or row[0] != state_hash(engine):
        raise DatabaseError(
            "the database has the tables of another pgstrike, and none of them is a release"
            " yet; to keep its quotes: `pgstrike export > quotes.ndjson`, then upgrade a"
            " new database, then `pgstrike ingest quotes.ndjson` into that"
        )


def logic_text(engine: Engine) -> str:
    """All logic, as one script."""
    parts = [BODIES_LATER, *(f"CREATE SCHEMA {schema};\n" for schema in LOGIC_SCHEMAS)]
    if engine == "postgres":
        parts += [rollup_function(rollup) for rollup in rollups(SQL / "state")]
    parts += [render(read(path), engine) for path in files("logic")]
    return "\n".join([*parts, CHECK_BODIES, OPEN_TO_READERS, GUARD_SEALED, GUARD_EDGE])


def logic_hash(engine: Engine) -> str:
    return hashlib.sha256(logic_text(engine).encode()).hexdigest()


def built_logic(connection: psycopg.Connection) -> str | None:
    """The hash of the logic that the database has; None while it has none."""
    row = connection.execute("SELECT logic_hash FROM job.installation").fetchone()
    return None if row is None else row[0]


def has_grants(connection: psycopg.Connection) -> bool:
    """Whether our roles still have what the upgrade granted: a restore may lose it."""
    row = connection.execute("SELECT grants_hash FROM job.installation").fetchone()
    return row is not None and row[0] == grants(connection)


def require_built(connection: psycopg.Connection) -> None:
    """Refuse a database that this pgstrike was not made for, saying what to do."""
    try:
        engine = installed_engine(connection)
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"{connection.info.user} may not read the database ({one_line(error)}); "
            f"connect as its owner or a member of {SERVER}; {AFTER_A_RESTORE}"
        ) from error
    if engine is None:
        raise DatabaseError("the database is empty; run `pgstrike upgrade` first")
    refuse_other_state(connection, engine)
    require_roles(connection)
    if built_logic(connection) != logic_hash(engine) or differing(connection, engine):
        raise DatabaseError(
            "the database was built by another version of pgstrike; run `pgstrike upgrade`,"
            " or use the version that upgraded it last"
        )


def require_roles(connection: psycopg.Connection) -> None:
    """Refuse a server without our roles, or roles without what they were granted."""
    row = connection.execute(query("has_roles")).fetchone()
    if not (row and row[0]):
        raise DatabaseError(
            f"the server lacks the roles {READER}, {SERVER} and {ALERT}, or they lack "
            f"their rights; {AFTER_A_RESTORE}"
        )


def drop_logic(connection: psycopg.Connection) -> None:
    """Drop all logic, unless something that holds data leans on it."""
    leaning = connection.execute(LEANING, {"logic": list(LOGIC_SCHEMAS)}).fetchall()
    if leaning:
        names = ", ".join(row[0] for row in leaning)
        raise DatabaseError(f"state leans on logic: {names}; drop it first")
    schemas = ", ".join(LOGIC_SCHEMAS)
    # Dropping a trigger needs its table: a busy one must not hold everybody up.
    connection.execute("SET LOCAL lock_timeout = '5s'")
    connection.execute(f"DROP SCHEMA IF EXISTS {schemas} CASCADE".encode())


def build_logic(connection: psycopg.Connection, engine: Engine) -> None:
    """Build all logic, and note which text it was built from."""
    connection.execute(logic_text(engine).encode())
    connection.execute(
        "UPDATE job.installation SET logic_hash = %s, grants_hash = %s",
        [logic_hash(engine), grants(connection)],
    )
    connection.execute("SELECT ops.tell_change('data')")  # figures may be others now
