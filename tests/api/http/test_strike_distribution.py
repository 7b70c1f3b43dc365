"""analytics.strike_distribution, and GET /fo/strike-distribution, which is the same."""

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from pgstrike.db.queries import query
from tests.api.conftest import Client
from tests.conftest import Stock
from tests.support.heard import until_heard
from tests.support.live_market import EXPIRIES, OPEN, epoch, open_store, quote, refresh
from tests.support.plans import flatten, plan_nodes

PATH = "/fo/strike-distribution"
EXPIRIES_OF = "metrics/expiries?symbol=NIFTY"
INDICATORS = {
    "live": "oi volume ltp bid ask iv delta gamma theta vega oi_growth volume_growth",
    "5min": "oi oi_change volume open high low close ltp bid ask iv",
}


def two_snapshots(connection: psycopg.Connection) -> None:
    """Two snapshots, ten minutes apart; one strike is missing from the second."""
    store = open_store(connection)
    quote(store, 0)
    quote(store, 10, strikes=(24400.0, 24450.0, 24500.0, 24550.0), seed=1)
    refresh(connection)


@pytest.fixture
def stock() -> Stock:
    return two_snapshots


def rows(connection: psycopg.Connection, *arguments: object) -> list[Any]:
    marks = ", ".join(["%s"] * len(arguments))
    return connection.execute(
        f"SELECT * FROM analytics.strike_distribution({marks})".encode(), arguments
    ).fetchall()


async def test_rest_equals_sql(client: Client, market: psycopg.Connection) -> None:
    expected = rows(market, "NIFTY", "live", list(EXPIRIES[:1]), "oi", 1)
    status, answer = await client.get(
        f"{PATH}?symbol=NIFTY&expiry={EXPIRIES[0]}&indicator=oi&strikes=atm:1"
    )
    assert status == 200
    assert len(answer["rows"]) == 3
    for sent, (expiry, strike, level, quote_time, age, call, put) in zip(
        answer["rows"], expected, strict=True
    ):
        assert sent == [
            expiry.isoformat(),
            strike,
            level,
            quote_time.isoformat(),
            age.total_seconds(),
            call,
            put,
        ]


async def test_answer_says_what_it_is(
    client: Client, market: psycopg.Connection
) -> None:
    _, answer = await client.get(f"{PATH}?symbol=NIFTY&timeframe=5min&indicator=iv")
    [(version, event_id)] = market.execute(
        "SELECT version, last_id FROM fo.snapshot_version, job.event_counter"
    )
    del answer["rows"]
    assert answer.pop("as_of") == answer["clock"]
    assert answer.pop("market_pace_seconds") == 600
    assert answer.pop("wall_pace_seconds") > 0
    assert answer.pop("stale_since") is None
    assert answer.pop("quote_source") is None
    assert answer.pop("committed_at")
    assert answer == {
        "symbol": "NIFTY",
        "timeframe": "5min",
        "indicator": "iv",
        "event": f"{epoch(market)}:{event_id}",
        "version": version,
        "clock": (OPEN + timedelta(minutes=10)).isoformat(),
        "cursor": None,
        "columns": [
            "expiry",
            "strike",
            "moneyness_level",
            "quote_time",
            "age_seconds",
            "call",
            "put",
        ],
    }


def test_age_is_by_the_market_clock(market: psycopg.Connection) -> None:
    ages = {row[1]: row[4] for row in rows(market, "NIFTY", "live", [EXPIRIES[0]])}
    assert ages[24500.0] == timedelta(0)
    assert ages[24600.0] == timedelta(minutes=10)


def test_rows_are_in_order(market: psycopg.Connection) -> None:
    keys = [row[:2] for row in rows(market, "NIFTY")]
    assert len(keys) == 10 and keys == sorted(keys)


@pytest.mark.parametrize("timeframe", INDICATORS)
def test_indicator_is_its_column(market: psycopg.Connection, timeframe: str) -> None:
    for indicator in INDICATORS[timeframe].split():
        expected = market.execute(
            f"SELECT latest.call_{indicator}, latest.put_{indicator}"
            " FROM fo.latest_snapshot AS latest"
            " WHERE latest.timeframe = %s AND latest.symbol = 'NIFTY'"
            " ORDER BY latest.expiry, latest.strike".encode(),
            [timeframe],
        ).fetchall()
        found = rows(market, "NIFTY", timeframe, None, indicator)
        assert [row[5:] for row in found] == expected


def test_no_quotes_no_rows(connection: psycopg.Connection) -> None:
    assert rows(connection, "NIFTY") == []
    assert rows(connection, "NIFTY", "live", [date(2030, 1, 1)]) == []


def test_unrefreshed_snapshot_no_rows(connection: psycopg.Connection) -> None:
    quote(open_store(connection), 0)
    assert rows(connection, "NIFTY", "live", list(EXPIRIES)) == []


REFUSED: list[tuple[list[object], str, str]] = [
    (["NIFTYY"], "unknown_symbol", "NIFTYNXT50"),
    (["NIFTY", "2min"], "unknown_timeframe", "live, 1min, 5min, 15min"),
    (["NIFTY", "live", [date(2025, 9, 3)]], "unknown_expiry", "2025-09-02, 2025-09-09"),
    (["NIFTY", "live", None, "open"], "unknown_indicator", "vega"),
    (["NIFTY", "5min", None, "vega"], "unknown_indicator", "close"),
    (["NIFTY", "live", None, "oi", -1], "bad_strikes", "0 to 1000"),
]


def test_unknown_is_refused(market: psycopg.Connection) -> None:
    for arguments, code, hint in REFUSED:
        with pytest.raises(psycopg.errors.InvalidParameterValue) as refusal:
            rows(market, *arguments)
        diagnosis = refusal.value.diag
        assert diagnosis.sqlstate == "22023"
        assert diagnosis.constraint_name == code
        assert hint in (diagnosis.message_hint or "")


def test_dead_expiry_is_refused(connection: psycopg.Connection) -> None:
    store = open_store(connection)
    quote(store, 0)
    quote(store, 4 * 24 * 60 + 6 * 60 + 15, expiries=EXPIRIES[1:])  # expiry day, 15:30
    refresh(connection)
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="2025-09-02"):
        rows(connection, "NIFTY", "live", [EXPIRIES[0]])
    assert {row[0] for row in rows(connection, "NIFTY")} == {EXPIRIES[1]}


async def test_no_strike_is_near_a_money_that_is_not_known(
    client: Client, market: psycopg.Connection
) -> None:
    """The newest quote is of one strike alone, so it has no gap."""
    near = "symbol=NIFTY&strikes=atm:5"
    paths = (
        "chain",
        "metrics/oi_profile",
        "metrics/strike_distribution",
        "strike-distribution",
        "strike-distribution?timeframe=5min",
    )
    quote(open_store(market), 11, expiries=EXPIRIES[:1], strikes=(24500.0,))
    refresh(market)
    await until_heard(client, market)
    for path in paths:
        mark = "&" if "?" in path else "?"
        found = {row["expiry"] for row in await client.rows(f"{path}{mark}{near}")}
        assert found == {EXPIRIES[1].isoformat()}, path
    gaps = {row["expiry"]: row["strike_gap"] for row in await client.rows(EXPIRIES_OF)}
    assert gaps == {EXPIRIES[0].isoformat(): None, EXPIRIES[1].isoformat(): 50}


async def test_etag_spares_the_answer(
    client: Client, dsn: str, market: psycopg.Connection
) -> None:
    path = f"{PATH}?symbol=NIFTY"
    async with client.session.get(path) as first:
        etag = first.headers["ETag"]
    for known, status in ((etag, 304), ('"x", ' + etag, 304), ('"x"', 200)):
        async with client.session.get(path, headers={"If-None-Match": known}) as answer:
            assert answer.status == status
            assert answer.headers["ETag"] == etag
    with psycopg.connect(dsn, autocommit=True) as other:
        quote(open_store(other), 11, seed=2)
        await until_heard(client, other)
    async with client.session.get(path, headers={"If-None-Match": etag}) as moved:
        assert moved.status == 200  # the clock has moved, and ages with it


def test_plan_has_no_join(market: psycopg.Connection) -> None:
    nodes = plan_nodes(
        market,
        "SELECT * FROM analytics.strike_distribution("
        " 'NIFTY', p_expiries => '{2025-09-02,2025-09-09}', p_around => 10)",
    )
    assert "latest_snapshot" in {node.get("Relation Name") for node in nodes}
    assert not {"Nested Loop", "Hash Join", "Merge Join"} & {
        node["Node Type"] for node in nodes
    }


def test_request_has_no_join(market: psycopg.Connection) -> None:
    for name in ("strike_distribution", "moneyness_series"):
        arguments = {
            "metric": name,
            "members": '"timeframe":"5min","indicator":"oi"',
            "words": '{"symbol":["NIFTY"],"timeframe":["5min"],"strikes":["atm:10"]}',
        }
        nodes = plan_nodes(market, query("metric"), arguments)
        for node in nodes:
            if "Join" in node["Node Type"] or node["Node Type"] == "Nested Loop":
                read = {each.get("Relation Name", "pg_") for each in flatten(node)}
                # Which parameters a metric has stands in the catalog.
                assert all(name.startswith("pg_") for name in read), read
