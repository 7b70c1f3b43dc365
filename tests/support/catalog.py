"""What a database consists of, as text that can be compared with another one's.

Not a diff of pg_dump: the tables behind continuous aggregates are named by numbers.
"""

import re
from typing import Any

import psycopg

Fingerprint = dict[str, list[str]]

# What belongs to no system schema and to no extension; alembic's own table is the past.
OURS = """
WITH own_schema AS (
    SELECT oid, nspname
    FROM pg_catalog.pg_namespace
    WHERE nspname !~ '^(pg_|_?timescaledb_)' AND nspname <> 'information_schema'
),

relation AS (
    SELECT class.*, own_schema.nspname || '.' || class.relname AS name
    FROM pg_catalog.pg_class AS class
    INNER JOIN own_schema ON class.relnamespace = own_schema.oid
    WHERE class.relname NOT LIKE 'alembic_version%' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS member
        WHERE member.deptype = 'e' AND member.objid = class.oid
    )
),

function AS (
    SELECT proc.*, own_schema.nspname || '.' || proc.proname AS name
    FROM pg_catalog.pg_proc AS proc
    INNER JOIN own_schema ON proc.pronamespace = own_schema.oid
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS member
        WHERE member.deptype = 'e' AND member.objid = proc.oid
    )
)

"""

QUERIES = {
    "schemas": "SELECT nspname FROM own_schema",
    "extensions": "SELECT extname FROM pg_catalog.pg_extension",
    "relations": """
        SELECT name, relkind, relpersistence, relispartition, relrowsecurity, relacl,
            reloptions, pg_get_partkeydef(oid), pg_get_expr(relpartbound, oid),
            obj_description(oid, 'pg_class')
        FROM relation
    """,
    "columns": """
        SELECT name, row_number() OVER (PARTITION BY name ORDER BY attnum), attname,
            format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
            attcollation::regcollation, pg_get_expr(adbin, adrelid)
        FROM relation
        INNER JOIN pg_catalog.pg_attribute ON attrelid = relation.oid
        LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attnum > 0 AND NOT attisdropped AND relkind <> 'i'
    """,
    "constraints": """
        SELECT name, conname, convalidated, pg_get_constraintdef(pg_constraint.oid)
        FROM relation
        INNER JOIN pg_catalog.pg_constraint ON conrelid = relation.oid
    """,
    "indexes": """
        SELECT name, indisvalid, pg_get_indexdef(indexrelid)
        FROM relation
        INNER JOIN pg_catalog.pg_index ON indrelid = relation.oid
    """,
    "views": """
        SELECT name, pg_get_viewdef(oid) FROM relation WHERE relkind IN ('v', 'm')
    """,
    "sequences": """
        SELECT name, seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcycle
        FROM relation
        INNER JOIN pg_catalog.pg_sequence ON seqrelid = relation.oid
    """,
    "functions": """
        SELECT name, pg_get_function_arguments(oid), pg_get_function_result(oid), prokind,
            provolatile, proisstrict, proparallel, prosecdef, proconfig, proacl,
            prolang, prosrc
        FROM function
    """,
    "aggregates": """
        SELECT name, aggtransfn, aggfinalfn, aggtranstype::regtype, agginitval
        FROM function
        INNER JOIN pg_catalog.pg_aggregate ON aggfnoid = function.oid
    """,
    "triggers": """
        SELECT name, pg_get_triggerdef(pg_trigger.oid)
        FROM relation
        INNER JOIN pg_catalog.pg_trigger ON tgrelid = relation.oid
        WHERE NOT tgisinternal
    """,
    "policies": "SELECT schemaname, tablename, policyname, cmd, qual FROM pg_policies",
    "types": """
        SELECT nspname, typname, typtype,
            (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_catalog.pg_enum
             WHERE enumtypid = pg_type.oid)
        FROM pg_catalog.pg_type
        INNER JOIN own_schema ON typnamespace = own_schema.oid
        WHERE typtype IN ('d', 'e', 'r')
    """,
}

TIMESCALEDB = {
    "aggregates of TimescaleDB": """
        SELECT view_schema, view_name, view_definition, materialized_only,
            compression_enabled
        FROM timescaledb_information.continuous_aggregates
    """,
    "dimensions": """
        SELECT hypertable_schema, hypertable_name, dimension_number, column_name,
            column_type, dimension_type, time_interval, integer_interval, num_partitions
        FROM timescaledb_information.dimensions
    """,
    "hypertables": """
        SELECT hypertable_schema, hypertable_name, num_dimensions, compression_enabled
        FROM timescaledb_information.hypertables
    """,
    "indexes of hypertables": """
        SELECT schemaname, tablename, indexdef FROM pg_indexes
        WHERE schemaname = '_timescaledb_internal' AND tablename LIKE '_materialized%'
    """,
    "jobs": """
        SELECT proc_schema, proc_name, hypertable_schema, hypertable_name,
            schedule_interval, config::jsonb - 'mat_hypertable_id' - 'hypertable_id'
        FROM timescaledb_information.jobs
        WHERE hypertable_name IS NOT NULL
    """,
}

BEHIND = """
SELECT materialization_hypertable_name, view_schema || '.' || view_name
FROM timescaledb_information.continuous_aggregates
"""
TABLES = """
SELECT relnamespace::regnamespace::text, relname FROM pg_catalog.pg_class
WHERE relkind IN ('r', 'p') AND NOT relispartition
    AND relnamespace::regnamespace::text IN ('fo', 'job')
"""


def fingerprint(connection: psycopg.Connection) -> Fingerprint:
    """What stands outside the system's schemas: by its kind, as sorted lines."""
    found = {kind: lines(connection, OURS + query) for kind, query in QUERIES.items()}
    if "timescaledb" in found["extensions"]:
        found |= {kind: lines(connection, query) for kind, query in TIMESCALEDB.items()}
        names = dict(connection.execute(BEHIND).fetchall())
        found = {
            kind: sorted(renamed(line, names) for line in every)
            for kind, every in found.items()
        }
    return found


def fingerprint_of(dsn: str) -> Fingerprint:
    """The same, through a new connection: an old one would not survive its extension."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        return fingerprint(connection)


def renamed(line: str, names: dict[str, str]) -> str:
    """The line with the tables behind aggregates called after these.

    PostgreSQL cuts the name of an index where the table's number has a digit more.
    """
    pattern = r"_materialized_hypertable_\d+"
    line = re.sub(pattern, lambda match: f"behind {names[match[0]]}", line)
    return line.replace("_bucket_tim_idx", "_bucket_time_idx")


def seeds(connection: psycopg.Connection) -> Fingerprint:
    """The rows of every table of state, but for those that each build writes anew."""
    tables = [".".join(row) for row in connection.execute(TABLES)]
    return {
        table: lines(connection, f"SELECT row.* FROM {table} AS row")
        for table in tables
        if table not in ("job.change", "job.installation")
    }


def lines(connection: psycopg.Connection, query: str) -> list[str]:
    return sorted(map(line, connection.execute(query.encode())))


def line(row: tuple[Any, ...]) -> str:
    return " | ".join(map(str, row))
