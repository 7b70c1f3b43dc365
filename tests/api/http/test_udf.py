"""What charts of TradingView ask but bars: tickers, search, errors, rights."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from tests.api.conftest import Client, Serve
from tests.conftest import Stock
from tests.support.grants import add_key
from tests.support.heard import changed
from tests.support.live_market import (
    DEATH,
    EXPIRIES,
    open_store,
    quote,
    refresh,
)
from tests.support.udf import (
    CALL,
    DAY,
    FAR,
    NEAR,
    history,
    refused,
    second,
    with_holes,
)


@pytest.fixture
def stock() -> Stock:
    return with_holes


async def test_config_says_what_a_chart_may_ask(
    client: Client, market: psycopg.Connection
) -> None:
    status, answer = await client.get("/udf/config")
    assert status == 200
    assert answer["supports_search"] is not answer["supports_group_request"]
    assert answer["supported_resolutions"] == ["1", "5", "15", "60", "1D"]
    assert [each["value"] for each in answer["exchanges"]] == ["", "NSE"]
    assert answer["symbols_types"][0]["value"] == ""


async def test_time_is_a_number_of_seconds(
    client: Client, market: psycopg.Connection
) -> None:
    async with client.session.get("/udf/time") as answer:
        assert answer.content_type == "text/plain"
        now = int(await answer.text())
    assert abs(now - datetime.now(UTC).timestamp()) < 60


async def test_symbol_has_hours_and_price_steps(
    client: Client, market: psycopg.Connection
) -> None:
    market.execute("UPDATE fo.instrument SET tick = 0.0025 WHERE symbol = 'BANKNIFTY'")
    status, nifty = await client.get("/udf/symbols?symbol=NSE:NIFTY")
    assert status == 200 and "s" not in nifty
    assert "20250827" in nifty.pop("session_holidays").split(",")
    nifty.pop("corrections", None)
    assert nifty == {
        "name": "NIFTY",
        "ticker": "NIFTY",
        "description": "NIFTY underlying",
        "type": "underlying",
        "exchange": "NSE",
        "listed_exchange": "NSE",
        "timezone": "Asia/Kolkata",
        "session": "0915-1530",
        "pricescale": 100,
        "minmov": 1,
        "has_intraday": True,
        "has_daily": True,
        "has_weekly_and_monthly": False,
        "intraday_multipliers": ["1", "5", "15", "60"],
        "supported_resolutions": ["1", "5", "15", "60", "1D"],
        "visible_plots_set": "ohlc",
        "data_status": "streaming",
    }
    _, call = await client.get(f"/udf/symbols?symbol={CALL}")
    assert call["ticker"] == CALL
    assert call["description"] == f"NIFTY 24500 call of {NEAR}"
    assert (call["type"], call["visible_plots_set"]) == ("option", "ohlcv")
    assert (call["pricescale"], call["minmov"]) == (100, 5)
    assert call["expired"] is False
    assert call["expiration_date"] == second(DEATH)
    other = CALL.replace("NIFTY", "BANKNIFTY")
    _, fine = await client.get(f"/udf/symbols?symbol={other}")
    assert (fine["pricescale"], fine["minmov"]) == (10_000, 25)
    _, ratio = await client.get("/udf/symbols?symbol=NIFTY:PCR")
    assert (ratio["type"], ratio["visible_plots_set"]) == ("indicator", "c")
    assert ratio["description"] == "NIFTY put-call ratio of OI, nearest expiry"
    assert "expired" not in ratio


async def test_search_finds_words_in_any_order(
    client: Client, market: psycopg.Connection
) -> None:
    async def found(query: str, **sent: Any) -> list[str]:
        named = "".join(f"&{name}={value}" for name, value in sent.items())
        status, answer = await client.get(f"/udf/search?query={query}{named}")
        assert status == 200, answer
        assert all(each["exchange"] == "NSE" for each in answer)
        return [each["ticker"] for each in answer]

    everything = await found("", type="", exchange="", limit=5)
    assert everything[:3] == ["BANKNIFTY", "NIFTY", "BANKNIFTY:ATM_IV"]
    assert (await found("NIFTY", type="", exchange="NSE"))[0] == "NIFTY"
    assert await found("NIFTY", exchange="BSE") == []
    options = await found("NIFTY", type="option", limit=4)
    assert options == [
        f"NIFTY:{NEAR}:{strike}"
        for strike in ("24500:CE", "24500:PE", "24550:CE", "24550:PE")
    ]
    assert await found(f"24600%20put%20{FAR}%20nifty") == [f"NIFTY:{FAR}:24600:PE"]
    assert await found(CALL) == [CALL]
    assert await found("NIFTY:PCR", limit=1) == ["NIFTY:PCR"]
    assert await found("banknifty%20max%20pain") == ["BANKNIFTY:MAX_PAIN"]
    assert await found("zz") == []
    assert (await refused(client, "search?limit=101"))["field"] == "limit"
    assert (await refused(client, "search?type=bond"))["field"] == "type"


async def test_search_names_expired_options_by_their_date_alone(
    client: Client, market: psycopg.Connection
) -> None:
    quote(open_store(market), DEATH + 1, expiries=EXPIRIES[1:])
    for query, expiry in (("NIFTY 24500 CE", FAR), (CALL, NEAR)):
        _, answer = await client.get(f"/udf/search?query={query.replace(' ', '%20')}")
        assert [each["ticker"] for each in answer] == [f"NIFTY:{expiry}:24500:CE"]
    _, gone = await client.get(f"/udf/symbols?symbol={CALL}")
    assert gone["expired"] is True
    assert (await history(client, CALL))["s"] == "ok"


async def test_what_cannot_be_answered_is_said_in_both_languages(
    client: Client, market: psycopg.Connection
) -> None:
    window = f"from={second(0)}&to={second(10)}&resolution=5"
    for path, code, field in (
        ("symbols?symbol=NIFTI", "unknown_symbol", "symbol"),
        ("symbols?symbol=NIFTY:PRC", "unknown_symbol", "symbol"),
        (f"symbols?symbol=NIFTY:{NEAR}:24500", "unknown_symbol", "symbol"),
        (f"symbols?symbol=NIFTY:{NEAR}:24500:XE", "unknown_symbol", "symbol"),
        (f"symbols?symbol=NIFTY:{NEAR}:24501:CE", "unknown_strike", "symbol"),
        ("symbols?symbol=NIFTY:2025-09-03:24500:CE", "unknown_expiry", "symbol"),
        ("symbols?symbol=NIFTY:2025-13-03:24500:CE", "bad_expiry", "symbol"),
        ("symbols?symbol=:", "unknown_symbol", "symbol"),
        ("symbols", "missing_parameter", "symbol"),
        (f"history?symbol=NIFTI&{window}", "unknown_symbol", "symbol"),
        (f"history?symbol=NIFTY&{window}0", "unknown_resolution", "resolution"),
        (f"history?symbol=NIFTY&{window[:-1]}30", "unknown_resolution", "resolution"),
        (f"history?symbol=NIFTY&{window[:-1]}1W", "unknown_resolution", "resolution"),
        (
            f"history?symbol=NIFTY&resolution=5&from={second(9)}&to={second(8)}",
            "bad_window", "from",
        ),
        ("history?symbol=NIFTY&resolution=5&from=1&to=1756439100000", "bad_to", "to"),
        (f"history?symbol=NIFTY&{window}&countback=0", "bad_countback", "countback"),
        (f"history?symbol=NIFTY&{window}&countback=-1", "bad_countback", "countback"),
        (f"history?symbol=NIFTY&{window}&until=1", "unknown_parameter", "until"),
    ):  # fmt: skip
        error = await refused(client, path)
        assert (error["code"], error["field"]) == (code, field), path
        assert error["hint"], path
    nearest = await refused(client, f"symbols?symbol=NIFTY:{NEAR}:24501:CE")
    assert "24500" in nearest["hint"]


async def test_key_sees_its_symbols_and_topics_alone(
    serve: Serve, market: psycopg.Connection
) -> None:
    add_key(market, "one", "key-of-one", symbols=["BANKNIFTY"], topics=["chain"])
    async with serve() as client:
        client.session.headers["Authorization"] = "Bearer key-of-one"
        for query in ("", "nifty", "NIFTY", CALL):
            _, found = await client.get(f"/udf/search?query={query}&limit=100")
            assert all(each["ticker"].startswith("BANKNIFTY") for each in found)
            assert "indicator" not in {each["type"] for each in found}
        for path in (
            "symbols?symbol=NIFTY",
            f"symbols?symbol={CALL}",
            f"history?symbol=NIFTY&resolution=5&from=0&to={second(9)}",
            f"history?symbol={CALL}&resolution=5&from=0&to={second(9)}",
        ):
            error = await refused(client, path)
            assert error["message"].startswith('unknown symbol "NIFTY"'), path
            assert error["hint"] == "Send one of: BANKNIFTY."
        assert (await history(client, "BANKNIFTY"))["s"] == "ok"
        status, answer = await client.get("/udf/symbols?symbol=BANKNIFTY:PCR")
        assert (status, answer["s"]) == (403, "error")
        assert answer["error"]["code"] == "topic_not_allowed"
        client.session.headers["Authorization"] = "Bearer wrong"
        status, answer = await client.get("/udf/config")
        assert (status, answer["s"]) == (401, "error")


async def test_unchanged_answer_is_not_sent_again(
    client: Client, market: psycopg.Connection
) -> None:
    path = f"/udf/history?symbol=NIFTY&resolution=5&countback=9&to={second(9 * DAY)}"
    async with client.session.get(path) as answer:
        etag = answer.headers["ETag"]
    async with client.session.get(path, headers={"If-None-Match": etag}) as answer:
        assert answer.status == 304
    quote(open_store(market), 3 * DAY + 7, underlying=24000.0)
    refresh(market)
    answer = await changed(client, path, etag)
    assert answer["c"][-1] == 24000


async def test_page_of_another_origin_reads_it_as_it_reads_the_rest(
    serve: Serve, market: psycopg.Connection
) -> None:
    async with serve(cors_origins=frozenset({"https://chart.example"})) as client:
        for origin, allowed in (
            ("https://chart.example", True),
            ("https://x.example", False),
        ):
            async with client.session.get(
                "/udf/config", headers={"Origin": origin}
            ) as answer:
                named = answer.headers.get("Access-Control-Allow-Origin")
                assert (named == origin) is allowed
