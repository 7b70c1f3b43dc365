"""What a reader may try on relations and functions that it can reach, as SQL."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import psycopg

from tests.support.quote_market import EXPIRY, select

# All that the reader's role may use and that neither Postgres nor an extension made.
REACHED = """
    NOT EXISTS (SELECT FROM pg_depend WHERE objid = {oid} AND deptype IN ('e', 'p'))
    AND {schema}::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND has_schema_privilege({schema}, 'USAGE')
"""
RELATIONS = f"""
    SELECT oid::regclass::text AS name FROM pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND has_any_column_privilege(oid, 'SELECT')
        AND {REACHED.format(oid="oid", schema="relnamespace")}
    ORDER BY name
"""
FUNCTIONS = f"""
    SELECT oid::regproc::text AS name,
        coalesce(proargnames[:pronargs], '{{}}') AS names,
        proargtypes::regtype[]::text[] AS types, pronargs - pronargdefaults AS required
    FROM pg_proc
    WHERE prokind = 'f' AND has_function_privilege(oid, 'EXECUTE')
        AND {REACHED.format(oid="oid", schema="pronamespace")}
    ORDER BY name
"""
QUIET = "TIMING OFF, SUMMARY OFF"
EXPLAIN = (
    "EXPLAIN",
    "EXPLAIN (GENERIC_PLAN, VERBOSE, SETTINGS)",
    f"EXPLAIN (ANALYZE, VERBOSE, WAL, {QUIET})",
    f"EXPLAIN (ANALYZE, BUFFERS, MEMORY, SERIALIZE, FORMAT TEXT, {QUIET})",
    f"EXPLAIN (ANALYZE, BUFFERS OFF, FORMAT JSON, {QUIET})",
)
# How many rows of which table this transaction has read so far.
READ_SO_FAR = """
    SELECT relname, seq_scan, seq_tup_read, idx_scan, idx_tup_fetch
    FROM pg_stat_xact_all_tables
    WHERE schemaname IN ('fo', 'job', '_timescaledb_internal') AND seq_scan + idx_scan > 0
    ORDER BY relname
"""
STATISTICS = (
    "SELECT * FROM pg_stats WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    " ORDER BY schemaname, tablename, attname",
    "SELECT statistics_name, n_distinct, most_common_vals FROM pg_stats_ext",
    "SELECT expr, most_common_vals, histogram_bounds FROM pg_stats_ext_exprs",
    "SELECT starelid::regclass, stavalues1 FROM pg_statistic",
    "SELECT stxdmcv FROM pg_statistic_ext_data",
    "SELECT sequencename, last_value FROM pg_sequences",
    "SELECT query FROM pg_stat_activity WHERE usename <> current_user ORDER BY query",
    "SELECT name, setting FROM pg_settings WHERE name LIKE 'pgstrike%'",
)  # fmt: skip


class Suspicion(NamedTuple):
    """A condition that hidden rows meet in one of two worlds, and not in the other."""

    relation: str
    column: str
    condition: str


def reachable(spy: psycopg.Connection) -> list[str]:
    return [row["name"] for row in select(spy, RELATIONS)]


def on_relation(suspicion: Suspicion) -> Iterator[tuple[str, ...]]:
    """Statements that would say whether any row meets the condition."""
    relation, column, condition = suspicion
    rows = f"SELECT * FROM {relation} WHERE {condition}"
    yield from ((f"{explain} {rows}",) for explain in EXPLAIN)
    yield (rows,)
    yield (
        f"SELECT count(*), min({column}), max({column}) FROM {relation} WHERE {condition}",
    )
    yield (f"COPY ({rows}) TO STDOUT",)
    yield (f"TABLE {relation}",)
    yield (f"EXPLAIN (ANALYZE, {QUIET}) TABLE {relation}",)
    yield f"DECLARE c CURSOR FOR {rows}", "FETCH ALL FROM c", "MOVE BACKWARD ALL IN c"
    yield (
        f"PREPARE p AS {rows}",
        f"EXPLAIN (ANALYZE, {QUIET}) EXECUTE p",
        "DEALLOCATE p",
    )
    yield (f"SELECT 1 / CASE WHEN {condition} THEN 0 ELSE 1 END FROM {relation}",)
    yield (
        f"SELECT ({column}::text || '!')::integer FROM {relation} WHERE {condition}",
    )
    yield (
        f"SELECT repeat('-', 1000)::name FROM {relation} WHERE {condition} FOR UPDATE",
    )
    yield rows, READ_SO_FAR
    yield "SET LOCAL enable_nestloop = off", f"EXPLAIN (ANALYZE, {QUIET}) {rows}"
    yield "SET LOCAL debug_parallel_query = on", f"EXPLAIN (ANALYZE, {QUIET}) {rows}"
    yield "SET LOCAL plan_cache_mode = force_generic_plan", rows
    yield (f"DELETE FROM {relation} WHERE {condition} RETURNING *",)
    yield (f"UPDATE {relation} SET {column} = {column} WHERE {condition}",)


KNOWN = {
    "p_expiry": EXPIRY, "p_strike": 24600, "p_metric": "pcr", "p_timeframe": "5min",
    "p_indicator": "pcr_oi", "p_level": 0, "p_from": "2025-08-29",
    "p_to": "2025-08-30", "p_at": "2025-08-29 10:01:30+05:30", "p_after": 0, "p_upto": 1000000,
    "p_resolution": "5", "p_countback": 100, "p_query": "", "p_type": "option",
    "p_exchange": "NSE", "p_limit": 100, "p_name": "none",
}  # fmt: skip
SECONDS = {"p_from": 1756425600, "p_to": 1756512000}  # since 1970: the same day

# They show no row; see tests/sql/test_tasks.py, tests/attack/test_alerts.py and
# tests/sql/test_watchlists.py.
WRITING = (
    *("ops.ask_task", "ops.cancel_task", "ops.set_alert", "ops.remove_alert"),
    *("ops.set_watchlist", "ops.remove_watchlist"),
)


def calls(spy: psycopg.Connection, symbol: str) -> Iterator[str]:
    """A call of each function with what it needs, and one with all that we have a value for."""
    known = KNOWN | {
        "p_symbol": symbol,
        "p_ticker": symbol,
        "p_words": f'{{"symbol": ["{symbol}"]}}',
    }
    for row in select(spy, FUNCTIONS):
        if row["name"] in WRITING:
            continue
        needed = {*row["names"][: row["required"]], "p_symbol"}
        arguments = {
            name: f"{name} => '{value_of(name, kind, known)}'::{kind}"
            for name, kind in zip(row["names"], row["types"], strict=True)
            if name in known and (name != "p_indicator" or name in needed)
        }
        assert needed - {"p_symbol"} <= {*arguments}, f"no value for {row}"
        few = [text for name, text in arguments.items() if name in needed]
        for chosen in {", ".join(few): None, ", ".join(arguments.values()): None}:
            yield f"{row['name']}({chosen})"


def value_of(name: str, kind: str, known: Mapping[str, object]) -> object:
    return SECONDS[name] if kind == "bigint" and name in SECONDS else known[name]


def on_call(call: str) -> Iterator[tuple[str, ...]]:
    """The first say most."""
    rows = f"SELECT * FROM {call}"
    yield rows, READ_SO_FAR
    yield (f"EXPLAIN (ANALYZE, {QUIET}) SELECT {call}",)
    yield from ((f"{explain} {rows}",) for explain in EXPLAIN)
