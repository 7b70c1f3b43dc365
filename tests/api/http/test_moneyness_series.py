"""analytics.moneyness_series, and GET /fo/moneyness-series, which is the same."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.api.conftest import Client
from tests.conftest import Stock
from tests.support.live_market import EXPIRIES, OPEN, epoch, open_store, quote, refresh
from tests.support.plans import plan_nodes

PATH = "/fo/moneyness-series"
INDICATORS = ("oi", "oi_change", "volume", "ltp", "iv")


def two_hours(connection: psycopg.Connection) -> None:
    """An hour of each of two days, a quote every 2.5 minutes."""
    store = open_store(connection)
    for minutes in (*range(0, 60, 5), 2.5, *range(5 * 24 * 60, 5 * 24 * 60 + 60, 5)):
        quote(store, minutes, expiries=EXPIRIES[1:], seed=int(minutes))
    refresh(connection)


@pytest.fixture
def stock() -> Stock:
    return two_hours


def rows(connection: psycopg.Connection, *arguments: object) -> list[Any]:
    marks = ", ".join(["%s"] * len(arguments))
    return connection.execute(
        f"SELECT * FROM analytics.moneyness_series({marks})".encode(), arguments
    ).fetchall()


async def test_rest_equals_sql(client: Client, market: psycopg.Connection) -> None:
    start, end = OPEN + timedelta(minutes=5), OPEN + timedelta(minutes=20)
    expected = rows(market, "NIFTY", "5min", [EXPIRIES[1]], "iv", 1, start, end)
    status, answer = await client.get(
        f"{PATH}?symbol=NIFTY&timeframe=5min&expiry={EXPIRIES[1]}&indicator=iv"
        "&strikes=atm:1&from=2025-08-29T03:50:00Z&to=2025-08-29T09:35:00%2B05:30"
    )
    assert status == 200
    assert len(expected) == 3 * 3
    assert answer["rows"] == [
        [time.isoformat(), expiry.isoformat(), level, call, put]
        for time, expiry, level, call, put in expected
    ]
    assert answer["columns"][0] == "bucket_time"
    [(newest,)] = market.execute("SELECT max(id) FROM fo.event")
    assert answer["event"] == f"{epoch(market)}:{newest}"


def test_indicator_is_its_column(market: psycopg.Connection) -> None:
    for indicator in INDICATORS:
        expected = market.execute(
            f"SELECT bar.call_{indicator}, bar.put_{indicator}"
            " FROM fo.moneyness_bars_5min AS bar WHERE bar.bucket_time >= %s"
            " ORDER BY bar.expiry, bar.moneyness_level, bar.bucket_time".encode(),
            [OPEN],
        ).fetchall()
        found = rows(market, "NIFTY", "5min", None, indicator, None, OPEN)
        assert [row[3:] for row in found] == expected


def test_window_is_the_newest_session(market: psycopg.Connection) -> None:
    days = {row[0].date() for row in rows(market, "NIFTY")}
    assert days == {date(2025, 9, 3)}


def test_quotes_of_sunday_keep_the_window(connection: psycopg.Connection) -> None:
    store = open_store(connection)
    quote(store, 0)
    quote(store, 2 * 24 * 60)
    refresh(connection)
    assert {row[0] for row in rows(connection, "NIFTY")} == {OPEN}


def test_dead_expiry_is_history(connection: psycopg.Connection) -> None:
    store = open_store(connection)
    quote(store, 0)
    quote(store, 5 * 24 * 60, expiries=EXPIRIES[1:])
    refresh(connection)
    dead = [EXPIRIES[0]]
    assert len(rows(connection, "NIFTY", "5min", dead, "oi", None, OPEN)) == 5
    assert {row[1] for row in rows(connection, "NIFTY")} == {EXPIRIES[1]}


def test_no_quotes_no_rows(connection: psycopg.Connection) -> None:
    assert rows(connection, "NIFTY") == []
    assert rows(connection, "BANKNIFTY", "5min", [EXPIRIES[0]], "oi", 10) == []


REFUSED: list[tuple[list[object], str]] = [
    (["NIFTYY"], "unknown_symbol"),
    ([None], "unknown_symbol"),
    (["NIFTY", "15min"], "unknown_timeframe"),
    (["NIFTY", "5min", [date(2025, 9, 4)]], "unknown_expiry"),
    (["NIFTY", "5min", None, "bid"], "unknown_indicator"),
    (["NIFTY", "5min", None, "oi", 1001], "bad_strikes"),
]


def test_unknown_is_refused(connection: psycopg.Connection) -> None:
    quote(open_store(connection), 0)
    for arguments, code in REFUSED:
        with pytest.raises(psycopg.errors.InvalidParameterValue) as refusal:
            rows(connection, *arguments)
        assert refusal.value.diag.constraint_name == code


# What is asked for is a small part of what there is, as in the market.
BREADTH = {"days": 2, "expiries": 16, "levels": 20}
HISTORY = """
    INSERT INTO fo.option_quote (
        quote_time, symbol, expiry, strike, moneyness_level, call_ltp, call_oi, put_oi,
        call_dropout, put_dropout, call_volume_doubted, put_volume_doubted,
        session, in_session
    )
    SELECT
        bucket, 'NIFTY', '2025-08-26'::date + 7 * expiry, 24500 + 50 * level, level,
        random(), (random() * 1e8)::bigint, (random() * 1e8)::bigint,
        FALSE, FALSE, FALSE, FALSE, bucket::date, TRUE
    FROM generate_series(0, %(days)s::integer - 1) AS day
    CROSS JOIN LATERAL generate_series(
        '2025-08-27 03:45Z'::timestamptz + day * INTERVAL '1 day',
        '2025-08-27 09:44Z'::timestamptz + day * INTERVAL '1 day', INTERVAL '5 minutes'
    ) AS bucket
    CROSS JOIN generate_series(1, %(expiries)s::integer) AS expiry
    CROSS JOIN generate_series(-%(levels)s::integer, %(levels)s::integer) AS level
"""


UNDERLYING = """
    INSERT INTO fo.underlying_quote (quote_time, symbol, in_session)
    SELECT DISTINCT quote_time, symbol, in_session FROM fo.option_quote
"""
CONTRACTS = """
    WITH clock AS (
        UPDATE fo.instrument SET clock = '2025-08-28 09:44Z' WHERE symbol = 'NIFTY'
    ),
    life AS (
        INSERT INTO fo.expiry (symbol, expiry, expires_at)
        SELECT DISTINCT symbol, expiry, (expiry + time '10:00') AT TIME ZONE 'UTC'
        FROM fo.option_quote
    )
    INSERT INTO fo.contract (symbol, expiry, strike, quote_time, session, first_session)
    SELECT DISTINCT
        symbol, expiry, strike, '2025-08-28'::timestamptz, '2025-08-28'::date,
        '2025-08-27'::date
    FROM fo.option_quote
"""


@pytest.fixture
def history(connection: psycopg.Connection) -> psycopg.Connection:
    """Whole days of 3 expiries, in the bars; analysed as autovacuum would."""
    [(engine,)] = connection.execute("SELECT engine FROM job.installation")
    if engine == "postgres":
        connection.execute(
            "CREATE TABLE fo.option_quote_test PARTITION OF fo.option_quote"
            " FOR VALUES FROM ('2025-08-01') TO ('2025-09-01')"
        )
    connection.execute(HISTORY, BREADTH)
    connection.execute(UNDERLYING)
    window = (datetime(2025, 8, 27, tzinfo=UTC), datetime(2025, 8, 31, tzinfo=UTC))
    if engine == "postgres":
        connection.execute(
            "SELECT ops.refresh_window('moneyness_bars_5min', 'NIFTY', %s, %s)", window
        )
    else:
        connection.execute(
            "CALL refresh_continuous_aggregate('fo.moneyness_bars_5min', %s, %s)",
            window,
        )
    connection.execute(CONTRACTS)
    connection.execute("ANALYZE")
    return connection


def test_plan_reads_what_it_answers(history: psycopg.Connection) -> None:
    nodes = plan_nodes(
        history,
        "SELECT count(*) FROM analytics.moneyness_series('NIFTY', p_around => 10,"
        " p_expiries => '{2025-09-02,2025-09-09,2025-09-16}')",
    )
    assert not {"Nested Loop", "Hash Join", "Merge Join"} & {
        node["Node Type"] for node in nodes
    }
    scans = [node for node in nodes if "moneyness_level" in node.get("Index Cond", "")]
    assert sum(node["Actual Rows"] for node in scans) == 72 * 3 * 21 == 4536
    for node in scans:
        assert node.get("Rows Removed by Filter", 0) == 0
        for column in ("symbol", "expiry", "moneyness_level", "bucket_time"):
            assert column in node["Index Cond"]


def test_whole_day_has_no_hidden_cost(history: psycopg.Connection) -> None:
    nodes = plan_nodes(
        history, "SELECT count(*) FROM analytics.moneyness_series('NIFTY')"
    )
    read = [node["Actual Rows"] for node in nodes if "Index Name" in node]
    assert max(read) == 72 * 16 * 41
