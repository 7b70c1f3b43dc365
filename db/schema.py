"""The two lives of our SQL: state is migrated, logic is dropped and built anew.

State (schemas fo and job) holds data; revisions change it. Logic (ops, analytics, compat)
holds none. State never leans on logic, so logic can be away while revisions run.
"""

import hashlib
from pathlib import Path

import psycopg

from db.engine import installed_engine
from db.errors import DatabaseError
from db.paths import SQL
from db.render import Engine, render, rollup_function, rollups

LOGIC_SCHEMAS = ("ops", "analytics", "compat")

LEANING = """
SELECT DISTINCT pg_catalog.pg_describe_object(leaning.classid, leaning.objid, 0)
FROM pg_catalog.pg_depend AS leaning
INNER JOIN pg_catalog.pg_proc AS logic ON leaning.refobjid = logic.oid
INNER JOIN pg_catalog.pg_namespace AS schema ON logic.pronamespace = schema.oid
LEFT JOIN pg_catalog.pg_rewrite AS rule
    ON leaning.classid = 'pg_catalog.pg_rewrite'::regclass AND leaning.objid = rule.oid
LEFT JOIN pg_catalog.pg_class AS relation
    ON relation.oid = coalesce(rule.ev_class, leaning.objid)
LEFT JOIN pg_catalog.pg_namespace AS home ON relation.relnamespace = home.oid
WHERE leaning.refclassid = 'pg_catalog.pg_proc'::regclass
    AND schema.nspname = ANY(%(logic)s)
    AND home.nspname NOT IN (SELECT unnest(%(logic)s))
"""


def files(kind: str) -> list[Path]:
    """The files of sql/<kind>, in the order of the data's way."""
    return sorted((SQL / kind).glob("*.sql"))


def state_text(engine: Engine) -> str:
    """The present state, as one script."""
    return "\n".join(render(path.read_text(), engine) for path in files("state"))


def logic_text(engine: Engine) -> str:
    """All logic, as one script."""
    parts = [f"CREATE SCHEMA {schema};\n" for schema in LOGIC_SCHEMAS]
    if engine == "postgres":
        parts += [rollup_function(rollup) for rollup in rollups(SQL / "state")]
    parts += [render(path.read_text(), engine) for path in files("logic")]
    return "\n".join(parts)


def logic_hash(engine: Engine) -> str:
    return hashlib.sha256(logic_text(engine).encode()).hexdigest()


def built_logic(connection: psycopg.Connection) -> str | None:
    """The hash of the logic that the database has; None while it has none."""
    row = connection.execute("SELECT logic_hash FROM job.installation").fetchone()
    return None if row is None else row[0]


def require_built(connection: psycopg.Connection) -> None:
    """Refuse a database that this pgstrike was not made for, saying what to do."""
    engine = installed_engine(connection)
    if engine is None:
        raise DatabaseError("the database is empty; run `alembic upgrade head` first")
    if built_logic(connection) != logic_hash(engine):
        raise DatabaseError(
            "the database was built by another version of pgstrike; run `alembic upgrade"
            " head`, or use the version that upgraded it last"
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
        "UPDATE job.installation SET logic_hash = %s", [logic_hash(engine)]
    )
