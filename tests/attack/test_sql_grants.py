"""What a login reaches over SQL is what is listed here, and shows each key its own rows."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
import pytest

from tests.conftest import NUMBERS, Cluster
from tests.support.engines import clone
from tests.support.hidden_market import (
    FIGURE,
    HIDDEN,
    OWN,
    build,
    login,
    relations,
    secrets,
)
from tests.support.probes import FUNCTIONS, calls, reachable
from tests.support.quote_market import Row, select, value
from tests.support.topics import TOPICS as ALL_TOPICS

pytestmark = pytest.mark.both_engines

Measured = Callable[[str], None]
METRICS = (
    "atm bar_chain calibration chain chain_at constant_maturity_iv cumulative_oi expiries "
    "expiry_metrics "
    "expiry_series exposure exposure_levels exposure_series feature_names features "
    "fixed_straddle_series iv_rank "
    "market max_pain max_pain_series moneyness_series move_series option_bars oi_change "
    "oi_levels oi_profile oi_series pcr "
    "predictions premium_flow realised_volatility signals skew smile straddle_series "
    "strike_distribution surface term_structure underlying_bars unusual_oi volume_profile "
    "watchlist"
)
FUNCTIONS_OF_OPS = (
    "alert_firings alerts answer_head answer_stamp ask_task cancel_task epoch "
    "event_position metric_fields metric_names metric_parameters metric_rows models "
    "readable_expiries readable_strikes readable_symbols readable_topics remove_alert "
    "remove_watchlist set_alert set_watchlist task_kinds tasks udf_config udf_history "
    "udf_search udf_symbol watchlist_rows watchlists words_taken"
)
# A watchlist that names both symbols; what it was set with may be more than is readable now.
ADD_WATCHLIST = """
WITH list AS (INSERT INTO job.watchlist (key, name) VALUES (%s, 'none') RETURNING id)
INSERT INTO job.watchlist_item (watchlist, place, symbol, expiry)
SELECT list.id, named.place, named.symbol, 'all'
FROM list CROSS JOIN unnest(%s::text[]) WITH ORDINALITY AS named (symbol, place)
"""
VIEWS_OF_OPS = ("metric_column", "metric_parameter")
# These are about no symbol.
FOR_ALL = {"exchange", "exchange_hours", "feature_names", "session", "snapshot_version"}
TOPICS = {*ALL_TOPICS}

# What readers and everybody are granted, on all that no extension and not Postgres made.
GRANTS = """
WITH granted (kind, name, acl, schema, class, oid) AS (
    SELECT 'relation', oid::regclass::text, relacl, relnamespace, 'pg_class'::regclass, oid
    FROM pg_class WHERE relkind <> 'i'
    UNION ALL
    SELECT 'column', attrelid::regclass || '.' || attname, attacl, relnamespace,
        'pg_class'::regclass, attrelid
    FROM pg_attribute INNER JOIN pg_class ON attrelid = pg_class.oid
    UNION ALL
    SELECT 'function', oid::regproc::text, coalesce(proacl, acldefault('f', proowner)),
        pronamespace, 'pg_proc'::regclass, oid
    FROM pg_proc
    UNION ALL
    SELECT 'schema', nspname, nspacl, oid, 'pg_namespace'::regclass, oid FROM pg_namespace
    UNION ALL
    SELECT 'default', defaclobjtype::text, defaclacl, defaclnamespace,
        'pg_default_acl'::regclass, oid
    FROM pg_default_acl
    UNION ALL
    SELECT 'server', srvname, srvacl, 0, 'pg_foreign_server'::regclass, oid
    FROM pg_foreign_server
    UNION ALL
    SELECT 'setting', parname, paracl, 0, 'pg_parameter_acl'::regclass, oid
    FROM pg_parameter_acl
    UNION ALL
    SELECT 'large object', oid::text, lomacl, 0, 'pg_largeobject'::regclass, oid
    FROM pg_largeobject_metadata
)

SELECT granted.kind, granted.name, each.privilege_type AS privilege, each.is_grantable
FROM granted
CROSS JOIN LATERAL aclexplode(granted.acl) AS each
WHERE each.grantee IN (0, 'pgstrike_reader'::regrole)
    AND granted.schema NOT IN (
        'pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace
    )
    AND NOT EXISTS (
        SELECT FROM pg_depend AS member
        WHERE member.classid = granted.class AND member.objid = granted.oid
            AND member.deptype = 'e'
    )
"""


class Shape(NamedTuple):
    """A kind of key: the columns of its row, and what it may see."""

    rights: dict[str, object]
    symbols: set[str]
    topics: set[str]
    is_whole: bool  # of every symbol, so that rows without one are seen too


SHAPES = {
    "all": Shape({}, {OWN, HIDDEN}, TOPICS, True),
    "one symbol": Shape({"symbols": [OWN]}, {OWN}, TOPICS, False),
    "metrics": Shape({"topics": ["metrics"]}, {OWN, HIDDEN}, {"metrics"}, True),
    "one topic": Shape({"topics": ["rollup"]}, {OWN, HIDDEN}, {"rollup"}, True),
    "both": Shape({"symbols": [OWN], "topics": ["chain"]}, {OWN}, {"chain"}, False),
    "no symbol": Shape({"symbols": []}, set(), TOPICS, False),
    "admin": Shape({"is_admin": True}, {OWN, HIDDEN}, TOPICS, True),
    "admin of one": Shape({"is_admin": True, "symbols": [OWN]}, {OWN}, TOPICS, False),
    "revoked": Shape({"revoked_at": "2025-01-01"}, set(), set(), False),
    "none": Shape({}, set(), set(), False),
}


@pytest.fixture(scope="module")
def market(cluster: Cluster) -> Iterator[str]:
    """The DSN of a database with both symbols."""
    with clone(cluster.server, cluster.template, f"test_{next(NUMBERS)}") as dsn:
        build(dsn, 1.5)
        yield dsn


@contextmanager
def reading(dsn: str, shape: str) -> Iterator[psycopg.Connection]:
    """A login with such a key; one that has none belongs to the readers all the same."""
    name = f"shape_{next(NUMBERS)}"
    with login([dsn], name, SHAPES[shape].rights):
        with psycopg.connect(dsn, autocommit=True) as owner:
            if shape == "none":
                owner.execute("DELETE FROM job.api_key WHERE name = %s", [name])
            owner.execute(ADD_WATCHLIST, [name, [OWN, HIDDEN]])
        with psycopg.connect(dsn, user=name, autocommit=True) as reader:
            yield reader


def test_readers_are_granted_what_is_listed(connection: psycopg.Connection) -> None:
    """A grant that is not listed was not meant; whoever adds one adds it here."""
    found = {
        (row["kind"], row["name"], row["privilege"])
        for row in select(connection, GRANTS)
    }
    views = {f"analytics.{name}" for name in relations(connection)}
    functions = {f"ops.read_{name}" for name in relations(connection)}
    functions |= {f"analytics.{name}" for name in METRICS.split()}
    functions |= {f"ops.{name}" for name in FUNCTIONS_OF_OPS.split()}
    assert found == {
        *(("relation", name, "SELECT") for name in views),
        *(("relation", f"ops.{name}", "SELECT") for name in VIEWS_OF_OPS),
        *(("function", name, "EXECUTE") for name in functions),
        *(("schema", name, "USAGE") for name in ("analytics", "ops", "public")),
    }
    assert not any(row["is_grantable"] for row in select(connection, GRANTS))
    member = (
        "SELECT count(*) FROM pg_auth_members WHERE member = 'pgstrike_reader'::regrole"
    )
    assert value(connection, member) == 0


def test_nothing_that_readers_reach_has_a_plan_over_tables(market: str) -> None:
    """Views call functions; functions run as the owner, and neither is inlined nor talks."""
    with reading(market, "all") as reader:
        names = reachable(reader)
        functions = [row["name"] for row in select(reader, FUNCTIONS)]
    with psycopg.connect(market) as owner:
        for name in names:
            text = value(owner, "SELECT pg_get_viewdef(%s::regclass)", name)
            assert not re.search(r"\b(fo|job)\.", text), name
        for row in select(
            owner,
            "SELECT oid::regproc::text AS name, prosecdef, proleakproof, proconfig,"
            " prosupport::oid AS support FROM pg_proc WHERE oid::regproc::text = ANY(%s)",
            functions,
        ):
            assert (
                row["prosecdef"] and not row["proleakproof"] and not row["support"]
            ), row
            assert {"search_path=pg_catalog, pg_temp", "client_min_messages=error"} <= {
                *row["proconfig"]
            }, row


def rows_of(reader: psycopg.Connection, source: str) -> list[Row]:
    """The rows of a relation or call as JSON; none where it refuses the symbol or topic."""
    try:
        statement = f"SELECT to_jsonb(it) AS row, it::text AS text FROM {source} AS it"
        return select(reader, statement)
    except psycopg.errors.InvalidParameterValue as refused:
        known = ("unknown_symbol", "topic_not_allowed")
        assert refused.diag.constraint_name in known, source
        return []


@pytest.mark.parametrize("shape", SHAPES)
def test_each_key_reads_its_own(market: str, shape: str, measured: Measured) -> None:
    """In every relation and through every function: its symbols and topics, and no other's."""
    may = SHAPES[shape]
    with psycopg.connect(market) as owner:
        hidden = {
            figure
            for symbol in {OWN, HIDDEN} - may.symbols
            for figure in secrets(owner, symbol)
        }
    seen: dict[str, int] = {}
    with reading(market, shape) as reader:
        sources = reachable(reader)
        for symbol in (OWN, HIDDEN):
            sources += calls(reader, symbol)
        for source in sources:
            rows = rows_of(reader, source)
            seen[source] = len(rows)
            for row in rows:
                check_row(may, source, row)
                assert not hidden.intersection(FIGURE.findall(str(row["text"]))), source
    check_seen(may, seen)
    with psycopg.connect(market) as owner:
        has_symbol = "symbol" in relations(owner)["quote_reject"]
    rejects = len(may.symbols) if has_symbol or may.is_whole else 0
    if "chain" not in may.topics:
        rejects = 0
    assert seen["analytics.quote_reject"] == rejects
    measured(
        f"sql grants: {len(sources)} sources read as {shape}, none showed another's"
    )


def check_row(may: Shape, source: str, row: Row) -> None:
    about = row["row"] if isinstance(row["row"], dict) else {}
    if "topic" in about:
        assert about["topic"] in may.topics, source
    if about.get("symbol") is not None:
        assert about["symbol"] in may.symbols or may.is_whole, source
    elif "symbol" in about:
        assert may.is_whole or "topic" in about, source


def check_seen(may: Shape, seen: dict[str, int]) -> None:
    """Whoever may see nothing sees what is about no symbol; the others see their own.

    Data need a topic: what is of fo.expiry_metrics metrics, models and predictions
    prediction, and everything else chain.
    """
    for source, rows in seen.items():
        schema, name = source.partition("(")[0].split(".")
        relation = name.removeprefix("read_")
        if schema == "analytics" or name.startswith("read_"):
            if relation in FOR_ALL | {"event"}:
                continue
            if not may.symbols or not may.topics & {"chain", "metrics"}:
                assert rows == 0 or (relation == "instrument" and may.symbols), source
    has_chain = "chain" in may.topics
    reads_chain = bool(may.symbols) and has_chain
    assert bool(seen["analytics.option_quote"]) == reads_chain
    assert bool(seen["analytics.option_strike_bars_5min"]) == reads_chain
    lists = [
        seen[source] for source in seen if source.startswith("analytics.watchlist")
    ]
    assert lists and all(bool(rows) == reads_chain for rows in lists)
    reads_metrics = bool(may.symbols) and "metrics" in may.topics
    assert bool(seen["analytics.expiry_metrics_5min"]) == reads_metrics
    reads_predictions = bool(may.symbols) and "prediction" in may.topics
    for name in ("model", "prediction"):
        assert bool(seen[f"analytics.{name}"]) == reads_predictions
    assert bool(seen["analytics.instrument"]) == bool(may.symbols)
    assert bool(seen["analytics.event"]) == bool(may.topics)
