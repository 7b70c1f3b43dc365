"""What a request that cannot be answered is answered with."""

import json

import psycopg
import pytest

from tests.api.conftest import Client, Serve
from tests.support.live_market import epoch, open_store, quote

CHAIN = "/fo/strike-distribution?symbol=NIFTY"
PANEL = "/fo/stream?symbol=NIFTY"
SERIES = "/fo/moneyness-series?symbol=NIFTY"
TABLE = [
    ("/fo/strike-distribution", 400, "missing_parameter", "symbol=NIFTY"),
    ("/fo/strike-distribution?symbol=", 400, "bad_parameter", "symbol"),
    ("/fo/strike-distribution?symbol=%00", 400, "bad_parameter", "symbol"),
    ("/fo/strike-distribution?symbol=NIFTYY", 400, "unknown_symbol", "BANKNIFTY"),
    ("/fo/strike-distribution?symbol=%FF", 400, "unknown_symbol", "BANKNIFTY"),
    (CHAIN + "&symbol=NIFTY", 400, "repeated_parameter", "once"),
    (CHAIN + "&timeframe=2min", 400, "unknown_timeframe", "live, 1min, 5min, 15min"),
    (CHAIN + "&indicator=open", 400, "unknown_indicator", "volume_growth"),
    (CHAIN + "&expiry=2025-09-03", 400, "unknown_expiry", "2025-09-02, 2025-09-09"),
    (CHAIN + "&expiry=tomorrow", 400, "bad_expiry", "expiry=2025-09-02"),
    (CHAIN + "&strikes=10", 400, "bad_strikes", "strikes=atm:10"),
    (CHAIN + "&strikes=atm:-1", 400, "bad_strikes", "strikes=atm:10"),
    (CHAIN + "&strikes=atm:9999", 400, "bad_strikes", "0 to 1000"),
    (CHAIN + "&key=the-key", 400, "unknown_parameter", "symbol, timeframe, expiry"),
    (CHAIN + "&from=2025-08-29T03:45:00Z", 400, "unknown_parameter", "strikes"),
    (SERIES + "&timeframe=live", 400, "unknown_timeframe", "5min"),
    (SERIES + "&indicator=vega", 400, "unknown_indicator", "oi, oi_change"),
    (SERIES + "&from=yesterday", 400, "bad_time", "from=2025-08-29T03:45:00Z"),
    (SERIES + "&to=2025-08-29T03:45:00", 400, "bad_time", "with a zone"),
    (SERIES + "&to=0001-01-01T00:00:00%2B10:00", 400, "bad_time", "with a zone"),
    ("/fo/stream?symbol=NIFTYY", 400, "unknown_symbol", "BANKNIFTY"),
    ("/fo/stream?topic=ticks", 400, "unknown_topic", "chain, snapshot"),
    ("/fo/stream?expiry=front", 400, "bad_expiry", "expiry=2025-09-02"),
    ("/fo/stream?field=iv", 400, "unknown_parameter", "after"),
    ("/fo/stream?fields=iv", 400, "missing_parameter", "symbol=NIFTY"),
    (PANEL + "&fields=iv,oj", 400, "unknown_field", "call_oi, "),
    (PANEL + "&fields=open", 400, "unknown_field", "volume_growth"),
    (PANEL + "&fields=vega&timeframe=5min", 400, "unknown_field", "call_open"),
    (PANEL + "&timeframe=2min", 400, "unknown_timeframe", "live, 1min, 5min, 15min"),
    (PANEL + "&strikes=10", 400, "bad_strikes", "strikes=atm:10"),
    (PANEL + "&strikes=atm:1001", 400, "bad_strikes", "1000 levels"),
    (PANEL + "&strikes=25000..24000", 400, "bad_strikes", "24000..25000"),
    (PANEL + "&strikes=atm:1&strikes=atm:2", 400, "repeated_parameter", "once"),
    (PANEL + "&interval=0.5", 400, "bad_interval", "0 to 60000"),
    (PANEL + "&interval=60001", 400, "bad_interval", "interval=200"),
    (PANEL + "&interval=0&topic=snapshot", 400, "topic_taken", "snapshot"),
    (PANEL + "&interval=0&topic=ticks", 400, "unknown_topic", "metrics"),
    (PANEL + "&interval=0&expiry=last", 400, "bad_expiry", "front or next"),
    ("/fo/stream?symbol=NIFTYY&interval=0", 400, "unknown_symbol", "BANKNIFTY"),
    ("/fo/stream?after=1&after=2", 400, "repeated_parameter", "once"),
    ("/fo", 404, "not_found", "/v1/stream"),
]


async def test_errors_say_what_to_send(
    client: Client, connection: psycopg.Connection
) -> None:
    quote(open_store(connection), 0)
    for path, status, code, hint in TABLE:
        found, body = await client.get(path)
        assert (found, body["error"]["code"]) == (status, code), path
        assert hint in body["error"]["message"], path
        assert set(body) == {"error"}
        assert set(body["error"]) - {"field", "hint"} == {"code", "message"}
        assert body["error"].get("hint", "s").casefold()[0] in "sutlh", path


@pytest.mark.one_engine
async def test_method_is_refused(client: Client) -> None:
    async with client.session.post("/fo/stream") as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET"
        assert (await answer.json())["error"]["code"] == "method_not_allowed"


async def test_lost_database_is_503(
    client: Client, connection: psycopg.Connection
) -> None:
    ahead = f"/fo/stream?after={epoch(connection)}:1"
    connection.execute("ALTER SCHEMA ops RENAME TO gone")
    connection.execute("ALTER SCHEMA analytics RENAME TO gone_too")
    for path in (CHAIN, SERIES, ahead):
        async with client.session.get(path) as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "2"
            assert (await answer.json())["error"]["code"] == "database_unavailable"


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("sqlstate", "code"),
    [
        ("57014", "too_slow"),
        ("53300", "database_busy"),
        ("53100", "database_unavailable"),
        ("25006", "read_only"),
        ("42501", "database_unavailable"),
        ("57P01", "database_unavailable"),
    ],
)
async def test_failing_database_is_told_as_far_as_a_reader_can_act(
    serve: Serve, connection: psycopg.Connection, caplog: pytest.LogCaptureFixture,
    sqlstate: str, code: str,
) -> None:  # fmt: skip
    async with serve() as client:
        connection.execute(
            "CREATE OR REPLACE FUNCTION ops.epoch() RETURNS text LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'the secret of the server' USING ERRCODE ="
            f" '{sqlstate}'; END $$".encode()
        )
        async with client.session.get(CHAIN) as answer:
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) > 0
            text = await answer.text()
    assert json.loads(text)["error"]["code"] == code
    assert "secret" not in text and "the secret of the server" in caplog.text


async def test_failure_is_500(
    serve: Serve, connection: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve() as client:
        connection.execute(
            "CREATE OR REPLACE FUNCTION ops.epoch() RETURNS text LANGUAGE sql STABLE"
            " AS $$ SELECT (1 / (random() * 0)::integer)::text $$"
        )
        status, body = await client.get(CHAIN)
    assert (status, body["error"]["code"]) == (500, "internal")
    assert "division by zero" not in body["error"]["message"]
    assert "division by zero" in caplog.text
