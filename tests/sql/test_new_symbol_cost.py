"""A symbol that comes to a day whose statistics do not know it costs no more than others."""

import psycopg

from pgstrike.jobs.ingest.store import Store
from tests.support.plans import plan_nodes
from tests.support.quote_market import Quote, batch_of

STRIKES = 100
KNOWN, NEW = "NIFTY", "BANKNIFTY"
TIMES = [f"09:{minute}:00" for minute in range(20, 50)]
QUOTES = f"""
    SELECT count(*) FROM ops.quotes_at(
        '{NEW}',
        ARRAY(SELECT DISTINCT expiry FROM fo.contract WHERE symbol = '{NEW}'),
        ARRAY(
            SELECT quote_time FROM fo.underlying_quote WHERE symbol = '{NEW}'
            ORDER BY quote_time
        )
    )
"""


def test_quotes_of_a_symbol_that_the_planner_does_not_know_are_read_once(
    connection: psycopg.Connection, store: Store
) -> None:
    """And not all of them for each of its contracts."""
    store.add(batch_of(day_of(KNOWN)))
    connection.execute("ANALYZE")
    store.add(batch_of(day_of(NEW)))
    scans = [node for node in plan_nodes(connection, QUOTES) if "Relation Name" in node]
    read = max(node["Actual Loops"] * node["Actual Rows"] for node in scans)
    assert read <= STRIKES * len(TIMES)


def day_of(symbol: str) -> list[Quote]:
    return [
        Quote(time, 20_000 + 10 * step, {"ltp": 1.0}, underlying=2e4, symbol=symbol)
        for time in TIMES
        for step in range(STRIKES)
    ]
