"""What charts of TradingView ask: the figures of /v1/bars in the words of the UDF."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.api.conftest import Client, Serve
from tests.conftest import Stock
from tests.support.grants import add_key
from tests.support.live_market import (
    DEATH,
    EXPIRIES,
    OPEN,
    open_store,
    quote,
    refresh,
)

NEAR, FAR = (expiry.isoformat() for expiry in EXPIRIES)
CALL = f"NIFTY:{NEAR}:24500:CE"
DAY = 24 * 60


def with_holes(connection: psycopg.Connection) -> None:
    """Two sessions of NIFTY with holes, after a weekend between, and one of BANKNIFTY."""
    store = open_store(connection)
    for minute in (0, 3, 7, 21, 24, 3 * DAY, 3 * DAY + 6):
        quote(store, minute, seed=int(minute), underlying=24510.0 + minute % DAY / 4)
    quote(store, 1, symbol="BANKNIFTY")
    refresh(connection)


@pytest.fixture
def stock() -> Stock:
    return with_holes


def second(minutes: float) -> int:
    return int((OPEN + timedelta(minutes=minutes)).timestamp())


def after_1970(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


async def history(client: Client, ticker: str = "NIFTY", **sent: Any) -> Any:
    """The answer for a ticker: of 5-minute bars of both sessions, if nothing else is sent."""
    named = {"resolution": "5", "from": second(0), "to": second(4 * DAY)} | sent
    query = "&".join(f"{k}={v}" for k, v in named.items() if v is not None)
    status, answer = await client.get(f"/udf/history?symbol={ticker}&{query}")
    assert status == 200, answer
    return answer


async def refused(client: Client, path: str) -> dict[str, Any]:
    status, answer = await client.get(f"/udf/{path}")
    assert status == 400, answer
    assert answer["s"] == "error"
    assert answer["errmsg"] == answer["error"]["message"]
    error: dict[str, Any] = answer["error"]
    return error


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


async def test_bars_of_the_underlying_are_those_of_bars(
    client: Client, market: psycopg.Connection
) -> None:
    for resolution, timeframe in (
        ("1", "1min"),
        ("5", "5min"),
        ("15", "15min"),
        ("60", "1h"),
    ):
        found = await history(client, resolution=resolution)
        rows = await client.rows(
            f"bars?symbol=NIFTY&timeframe={timeframe}&from=2025-08-29T00:00Z"
        )
        assert found.pop("s") == "ok"
        assert found == {
            "t": [after_1970(row["bucket_time"]) for row in rows],
            "o": [row["open"] for row in rows],
            "h": [row["high"] for row in rows],
            "l": [row["low"] for row in rows],
            "c": [row["close"] for row in rows],
        }
        assert len(rows) > 1 and sorted(found["t"]) == found["t"]


@pytest.mark.parametrize(("word", "leg"), [("CE", "call"), ("PE", "put")])
async def test_bars_of_an_option_are_those_of_bars(
    client: Client, market: psycopg.Connection, word: str, leg: str
) -> None:
    found = await history(client, f"NSE:NIFTY:{NEAR}:24500:{word}".lower())
    rows = await client.rows(
        f"bars?symbol=NIFTY&expiry={NEAR}&strike=24500&leg={leg}&from=2025-08-29T00:00Z"
    )
    assert found["t"] == [after_1970(row["bucket_time"]) for row in rows]
    for short, name in (
        ("o", "open"), ("h", "high"), ("l", "low"), ("c", "close"), ("v", "volume"),
    ):  # fmt: skip
        assert found[short] == [row[name] for row in rows]
    assert len(rows) == 5


async def test_day_has_the_midnight_of_its_date(
    client: Client, market: psycopg.Connection
) -> None:
    """In UTC, as TradingView wants it; the session of India begins at 03:45."""
    friday, monday = (after_1970(f"2025-{day}T00:00Z") for day in ("08-29", "09-01"))
    for resolution in ("1D", "D"):
        found = await history(
            client, resolution=resolution, **{"from": friday, "to": monday + 1}
        )
        assert found["t"] == [friday, monday]
    rows = await client.rows("bars?symbol=NIFTY&timeframe=1d&from=2025-08-28T00:00Z")
    assert found["c"] == [row["close"] for row in rows]
    later = await history(client, resolution="1D", **{"from": friday + 1, "to": monday})
    assert later == {"s": "no_data", "nextTime": friday}


async def test_hole_is_no_data_and_names_the_bar_before(
    client: Client, market: psycopg.Connection
) -> None:
    hole = {"from": second(10), "to": second(20)}
    assert await history(client, **hole) == {"s": "no_data", "nextTime": second(5)}
    weekend = {"from": second(DAY), "to": second(2 * DAY)}
    assert (await history(client, **weekend))["nextTime"] == second(20)
    before = {"from": second(-2 * DAY), "to": second(0)}
    assert await history(client, **before) == {"s": "no_data"}
    assert (await history(client, **{"from": second(20), "to": second(20)}))["s"] == (
        "no_data"
    )


async def test_countback_counts_bars_before_the_end(
    client: Client, market: psycopg.Connection
) -> None:
    """Whatever `from` is, over holes and weekends; more than there are gives all."""
    everything = (await history(client))["t"]
    assert len(everything) == 5
    end = second(3 * DAY + 5)  # begins the last bar, which is left out
    for asked in ({"from": second(3 * DAY)}, {"from": None}, {"from": end + 1}):
        found = await history(client, countback=3, to=end, **asked)
        assert found["t"] == everything[1:4]
    assert (await history(client, **{"from": None}))["t"] == everything
    for many in (5, 10_001, 10**9):
        found = await history(client, countback=many, **{"from": -(10**9)})
        assert found["t"] == everything
    assert await history(client, countback=9, to=second(0)) == {"s": "no_data"}


async def test_indicator_follows_the_nearest_expiry(
    client: Client, market: psycopg.Connection
) -> None:
    """Over the expiry of one of them; with a date it is that expiry's."""
    store = open_store(market)
    quote(store, DEATH - 10, seed=5)
    quote(store, DEATH + DAY - 10, seed=6, expiries=EXPIRIES[1:])
    refresh(market)
    window = {"from": second(0), "to": second(6 * DAY)}
    for name, column in (
        ("PCR", "pcr_oi"),
        ("ATM_IV", "atm_iv"),
        ("MAX_PAIN", "max_pain"),
    ):
        of = {
            expiry: {
                after_1970(row["bucket_time"]): row["value"]
                for row in await client.rows(
                    f"metrics/expiry_series?symbol=NIFTY&indicator={column}"
                    f"&expiry={expiry}&from=2025-08-28T00:00Z"
                )
                if row["value"] is not None
            }
            for expiry in (NEAR, FAR)
        }
        own = await history(client, f"NIFTY:{FAR}:{name}", **window)
        assert dict(zip(own["t"], own["c"], strict=True)) == of[FAR]
        rolled = await history(client, f"NIFTY:{name}", **window)
        died = second(DEATH)
        assert dict(zip(rolled["t"], rolled["c"], strict=True)) == {
            time: value
            for expiry, times in of.items()
            for time, value in times.items()
            if (expiry == NEAR) == (time < died)
        }
        assert set(rolled) == {"s", "t", "c"} and len(rolled["t"]) > 5


async def test_nearest_expiry_is_one_that_was_quoted(
    client: Client, market: psycopg.Connection
) -> None:
    """A bucket in which only the far expiry was quoted is a hole, and no jump."""
    quote(open_store(market), 3 * DAY + 12, expiries=EXPIRIES[1:])
    refresh(market)
    found = await history(client, "NIFTY:PCR")
    near = await history(client, f"NIFTY:{NEAR}:PCR")
    assert found == near


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
    async with client.session.get(path, headers={"If-None-Match": etag}) as answer:
        assert answer.status == 200
        assert (await answer.json())["c"][-1] == 24000


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
