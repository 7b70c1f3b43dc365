"""The bars that charts of TradingView get are those of /v1/bars."""

import psycopg
import pytest

from tests.api.conftest import Client
from tests.conftest import Stock
from tests.support.live_market import (
    DEATH,
    EXPIRIES,
    open_store,
    quote,
    refresh,
)
from tests.support.udf import (
    DAY,
    FAR,
    NEAR,
    after_1970,
    history,
    second,
    with_holes,
)


@pytest.fixture
def stock() -> Stock:
    return with_holes


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
