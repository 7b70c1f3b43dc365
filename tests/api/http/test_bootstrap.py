"""GET /v1/bootstrap: what a page needs to know before it asks for figures."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.api.conftest import Client, Serve
from tests.conftest import Stock
from tests.support.grants import add_key
from tests.support.heard import until_heard
from tests.support.live_market import (
    DEATH,
    EXPIRIES,
    OPEN,
    epoch,
    open_store,
    quote,
    refresh,
)

PATH = "/v1/bootstrap"


def two_symbols(connection: psycopg.Connection) -> None:
    """Three snapshots of NIFTY, two minutes apart, and one of another symbol."""
    store = open_store(connection)
    for minute in (0, 2, 4):
        quote(store, minute, seed=minute)
    quote(store, 1, symbol="BANKNIFTY")
    connection.execute(
        "INSERT INTO fo.contract_terms (symbol, expiry, lot, source)"
        " VALUES ('NIFTY', %s, 50, 'test')",
        [EXPIRIES[1]],
    )
    refresh(connection)


@pytest.fixture
def stock() -> Stock:
    return two_symbols


def shown(minutes: float) -> str:
    return (OPEN + timedelta(minutes=minutes)).isoformat()


async def test_bootstrap_says_what_there_is(
    client: Client, market: psycopg.Connection
) -> None:
    status, answer = await client.get(PATH)
    [(newest,)] = market.execute("SELECT last_id FROM job.event_counter")
    assert status == 200
    assert answer["event"] == f"{epoch(market)}:{newest}"
    assert answer["key"] == {
        "name": "*", "symbols": None, "topics": None, "is_admin": True,
    }  # fmt: skip
    assert [each["symbol"] for each in answer["symbols"]] == ["BANKNIFTY", "NIFTY"]
    assert answer["waiting"] == ["FINNIFTY", "MIDCPNIFTY", "NIFTYNXT50"]
    found = answer["symbols"][1]
    [(committed_at,)] = market.execute(
        "SELECT max(created_at) FROM fo.event WHERE symbol = 'NIFTY' AND topic = 'chain'"
    )
    assert committed_at.isoformat()[:18] == found.pop("committed_at")[:18]
    assert 0 < found.pop("wall_pace_seconds") < 60
    assert found.pop("market_pace_seconds") == 120
    assert found.pop("quote_source") is None
    near, far = found.pop("expiries")
    assert found == {
        "symbol": "NIFTY",
        "exchange": "NSE",
        "currency": "INR",
        "zone": "Asia/Kolkata",
        "source_kind": "real",
        "is_simulated": False,
        "exercise_style": None,
        "clock": shown(4),
        "underlying": 24510.0,
        "underlying_source": "feed",
        "first": shown(0),
        "last": shown(4),
        "quotes_from": None,
        "session": {
            "date": "2025-08-29",
            "opens_at": shown(0),
            "closes_at": shown(375),
        },
        "previous_session": {
            "date": "2025-08-28",
            "opens_at": shown(-24 * 60),
            "closes_at": shown(375 - 24 * 60),
        },
    }
    assert near == {
        "expiry": "2025-09-02",
        "expires_at": "2025-09-02T10:00:00+00:00",
        "lot": 75,
        "strike_gap": 50.0,
        "strikes": 5,
        "atm": 24500.0,
        "underlying": 24510.0,
        "forward": near["forward"],
        "forward_source": near["forward_source"],
        "quote_time": shown(4),
    }
    assert far["lot"] == 50


async def test_bootstrap_is_for_the_key(
    serve: Serve, market: psycopg.Connection
) -> None:
    """A symbol of another key is not there; without topic chain there are dates alone."""
    add_key(market, "one", "key-of-one", symbols=["NIFTY"], topics=["chain", "ops"])
    add_key(market, "dates", "key-of-dates", topics=["metrics"])

    async def of(client: Client, key: str) -> tuple[str, Any]:
        client.session.headers["Authorization"] = f"Bearer {key}"
        async with client.session.get(PATH) as answer:
            assert answer.status == 200
            return answer.headers["ETag"], await answer.json()

    async with serve() as client:
        etag, one = await of(client, "key-of-one")
        assert "BANKNIFTY" not in str(one)
        assert one["waiting"] == []
        assert one["topics"] == ["chain", "ops"]
        assert one["key"]["symbols"] == ["NIFTY"]
        status = (
            await client.session.get(PATH, headers={"If-None-Match": etag})
        ).status
        assert status == 304
        other, dates = await of(client, "key-of-dates")
        assert other != etag
        assert dates["symbols"][1] == {
            "symbol": "NIFTY",
            "exchange": "NSE",
            "clock": shown(4),
            "expiries": [{"expiry": expiry.isoformat()} for expiry in EXPIRIES],
        }
        with psycopg.connect(market.info.dsn, autocommit=True) as other_session:
            quote(open_store(other_session), DEATH, expiries=EXPIRIES[1:])
            await until_heard(client, other_session)
        _, dates = await of(client, "key-of-dates")
        live = dates["symbols"][1]["expiries"]  # the first expired on this day
        assert live == [{"expiry": EXPIRIES[1].isoformat()}]


def test_session_is_the_newest_that_had_opened(market: psycopg.Connection) -> None:
    """Before the open and at the weekend it is the one before; the calendar may not know it."""
    asked = "SELECT session::text FROM ops.newest_opening(%s, %s)"

    def session(exchange: str, at: str) -> str:
        row = market.execute(asked, [exchange, at]).fetchone()
        assert row is not None
        return str(row[0])

    assert session("NSE", "2025-08-31 12:00+05:30") == "2025-08-29"
    assert session("NSE", "2025-08-29 09:14+05:30") == "2025-08-28"
    assert session("NSE", "2025-08-27 12:00+05:30") == "2025-08-26"  # a holiday
    market.execute("DELETE FROM fo.session")
    assert session("NSE", "2025-08-31 12:00+05:30") == "2025-08-29"
    assert session("NSE", "2025-08-29 09:14+05:30") == "2025-08-28"
    assert session("DERIBIT", "2025-08-29 23:00Z") == "2025-08-30"


def test_usual_gap_is_no_matter_of_one_pause(connection: psycopg.Connection) -> None:
    gap = "SELECT ops.usual_gap(%s::timestamptz[])"
    times = [OPEN + timedelta(seconds=second) for second in (0, 3, 6, 9000, 9003)]
    assert connection.execute(gap, [times]).fetchone() == (timedelta(seconds=3),)
    assert connection.execute(gap, [times[:1]]).fetchone() == (None,)


def test_market_of_psql_is_that_of_a_symbol(market: psycopg.Connection) -> None:
    rows = market.execute("SELECT symbol, clock FROM analytics.market('NIFTY')")
    assert rows.fetchall() == [("NIFTY", OPEN + timedelta(minutes=4))]
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="unknown symbol"):
        market.execute("SELECT FROM analytics.market('NIFTYY')")
    [(asked, now)] = market.execute(
        "SELECT array(SELECT e FROM analytics.expiries('NIFTY', %s) AS e)::text,"
        " array(SELECT e FROM analytics.expiries('NIFTY') AS e)::text",
        [OPEN + timedelta(minutes=4)],
    )
    assert asked == now


@pytest.mark.one_engine
async def test_session_says_who_somebody_is(
    serve: Serve, market: psycopg.Connection
) -> None:
    add_key(market, "one", "key-of-one", symbols=["NIFTY"], topics=["ops"], streams=3)
    async with serve(requests_per_second=50) as client:
        status, answer = await client.get("/session", Authorization="Bearer key-of-one")
    assert status == 200
    assert answer == {
        "name": "one", "symbols": ["NIFTY"], "topics": ["ops"], "is_admin": False,
        "until": None, "streams": 3, "requests_per_second": 50,
    }  # fmt: skip
