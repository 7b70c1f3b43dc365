"""How the views and functions for readers reach rows: all of them, at the cost of few."""

import psycopg

from pgstrike.db.install.engine import installed_engine
from pgstrike.db.install.schema import build_logic, drop_logic
from pgstrike.jobs.ingest.store import Store
from tests.support.grants import acting, symbols
from tests.support.hidden_market import build, relations
from tests.support.plans import most_rows, plan_nodes
from tests.support.quote_market import ladder, select, shown, value


def touched(market: psycopg.Connection, statement: str) -> float:
    """How many rows the busiest node of any plan of a statement touched, the inner ones too."""
    return most_rows(plan_nodes(market, statement))


def test_history_costs_a_reader_no_more_than_the_owner(store: Store) -> None:
    """What the view or the function is asked about goes to the index."""
    minutes = [ladder(f"11:{minute:02}:00", 24_600.0) for minute in range(60)]
    market = shown(store, *(quote for quotes in minutes for quote in quotes))
    market.execute("ANALYZE")
    market.execute("SET enable_seqscan = off")  # a small table is read whole
    key = "symbol = 'NIFTY' AND expiry = '2025-09-02' AND strike = 24500"
    noon = "p_from => '2025-08-29 11:10+05:30', p_to => '2025-08-29 11:15+05:30'"
    call = "SELECT FROM ops.read_option_quote('NIFTY', '2025-09-02', 24500"
    assert touched(market, f"SELECT FROM fo.option_quote WHERE {key}") == 60
    assert touched(market, f"SELECT FROM analytics.option_quote WHERE {key}") == 60
    assert touched(market, f"{call})") == 60
    assert touched(market, f"{call}, {noon})") == 5
    assert touched(market, f"SELECT FROM ops.read_option_quote('NIFTY', {noon})") == 25


def test_views_show_the_owner_all_that_relations_have(dsn: str) -> None:
    """By whatever columns a view reads its relation part by part, no part is left out."""
    build(dsn, 1.5)
    with psycopg.connect(dsn) as owner:
        owner.execute(
            "INSERT INTO fo.symbol_alias (alias, symbol) VALUES ('OLD', 'NIFTY')"
        )
        owner.execute(
            "INSERT INTO fo.waiting_quote (symbol, quote_time, expiry, strike, source, quote)"
            " VALUES ('NIFTY', now(), '2025-09-02', 24600, 'test', '{}')"
        )
        owner.execute(
            "INSERT INTO fo.quote_source (symbol, since, source, reason)"
            " VALUES ('NIFTY', now(), 'test', 'told')"
        )
        for relation in relations(owner):
            rows = "SELECT count(*) FROM (TABLE {} EXCEPT ALL TABLE {}) AS missing"
            if relation == "event":  # json has no equality
                rows = rows.replace("TABLE {}", "SELECT id, payload::text FROM {}")
            if relation == "waiting_quote":
                rows = rows.replace("TABLE {}", "SELECT symbol, quote::text FROM {}")
            both = f"fo.{relation}", f"analytics.{relation}"
            assert value(owner, rows.format(*both)) == 0, relation
            assert value(owner, rows.format(*reversed(both))) == 0, relation
            assert value(owner, f"SELECT count(*) FROM fo.{relation}"), relation


def test_relation_that_is_new_is_covered_by_itself(
    dsn: str, connection: psycopg.Connection
) -> None:
    """Rows without a symbol, and relations without one, are for readers of all symbols."""
    connection.execute(
        "CREATE TABLE fo.note (symbol text, expiry date, note text);"
        "CREATE TABLE fo.secret (note text);"
        "INSERT INTO fo.note VALUES ('NIFTY'), ('BANKNIFTY'), ('SENSEX'), (NULL);"
        "INSERT INTO fo.secret VALUES ('about no symbol');"
        "INSERT INTO job.api_key (name) VALUES ('everything');"
        "INSERT INTO job.api_key (name, symbols) VALUES ('nifty', '{NIFTY}')"
    )
    engine = installed_engine(connection)
    assert engine is not None
    with connection.transaction():
        drop_logic(connection)
        build_logic(connection, engine)
    with acting(dsn, "nifty") as reader:
        assert symbols(reader, "note") == {"NIFTY"}
        for symbol in ("BANKNIFTY", "SENSEX", "NOSUCH"):
            assert select(reader, "SELECT FROM ops.read_note(%s)", symbol) == []
        assert select(reader, "TABLE analytics.secret") == []
    with acting(dsn, "everything") as reader:
        assert symbols(reader, "note") == {"NIFTY", "BANKNIFTY", "SENSEX", None}
        assert len(select(reader, "TABLE analytics.secret")) == 1
