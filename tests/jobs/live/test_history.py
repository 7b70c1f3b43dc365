"""jobs.live.history: candles as quotes, with exact figures of a recorded answer."""

import json
from typing import Any

import numpy as np
import pytest

from pgstrike.db.errors import FeedError
from pgstrike.jobs.feed.times import calendar_day
from pgstrike.jobs.live.history import CANDLE, Candles, candles_of, sessions_of
from pgstrike.jobs.live.plugin import Contract
from pgstrike.jobs.quote import UNKNOWN
from tests.support.feeds import DATA, utc

EXPIRY = 9375  # 2025-09-01
CALL = Contract("C", "NIFTY", "call", EXPIRY, 24600.0)
PUT = Contract("P", "NIFTY", "put", EXPIRY, 24600.0)
SPOT = Contract("S", "NIFTY", "underlying")
ALL = (utc("2020-01-01T00:00:00"), utc("2030-01-01T00:00:00"))


def candle(clock: str, close: float, volume: int = 75, oi: int = 1500) -> list[Any]:
    return [f"2025-08-29T{clock}:00+0530", 1.0, 2.0, 0.5, close, volume, oi]


def candles(*came: list[Any]) -> Candles:
    return candles_of({"candles": [*came]}, "Kite")


def rows_of(of: dict[str, Candles], span: tuple[int, int] = ALL) -> np.ndarray:
    [(day, rows)] = sessions_of([SPOT, CALL, PUT], of, *span)
    assert str(calendar_day(day)) == "2025-08-29"
    return rows


def test_recorded_candles_become_these_quotes() -> None:
    path = DATA.parent / "feeds" / "kite-historical-oi.json"
    if not path.exists():
        pytest.skip(f"no recorded candles: {path}")
    found = candles_of(json.loads(path.read_bytes())["data"], "Kite")
    [(day, rows)] = sessions_of(
        [CALL], {"C": found}, utc("2019-12-01T00:00:00"), ALL[1]
    )
    assert str(calendar_day(day)) == "2019-12-04"
    assert rows["call_ltp"].tolist() == [
        12001.5, 12001, 11998.55, 12001.55, 12007, 11999.6,
    ]  # fmt: skip
    assert rows["call_volume"].tolist() == [
        163275,
        269025,
        317475,
        370350,
        422550,
        487875,
    ]
    assert rows["call_oi"].tolist() == [13667775] * 2 + [13758000] * 3 + [13777050]
    assert rows["quote_time"][0] == utc("2019-12-04T03:45:59")
    assert (rows["put_oi"] == UNKNOWN).all() and np.isnan(rows["underlying"]).all()


def test_minute_without_a_candle_keeps_the_figures_before() -> None:
    rows = rows_of(
        {
            "S": candles(candle("09:15", 24600.5), candle("09:17", 24610.0)),
            "C": candles(candle("09:15", 95.0), candle("09:18", 97.0, 150, 3000)),
            "P": candles(candle("09:16", 80.0, 225, 750)),
        }
    )
    minutes = [utc(f"2025-08-29T03:4{n}:59") for n in (5, 6, 7, 8)]
    assert rows["quote_time"].tolist() == minutes
    assert rows["underlying"].tolist() == [24600.5, 24600.5, 24610.0, 24610.0]
    assert rows["call_ltp"].tolist() == [95.0, 95.0, 95.0, 97.0]
    assert rows["call_volume"].tolist() == [75, 75, 75, 225]
    assert rows["call_oi"].tolist() == [1500, 1500, 1500, 3000]
    assert rows["put_volume"].tolist() == [UNKNOWN, 225, 225, 225]
    assert np.isnan(rows["put_ltp"][0]) and rows["put_oi"][0] == UNKNOWN


def test_strike_begins_with_its_first_trade() -> None:
    rows = rows_of(
        {"S": candles(candle("09:15", 24600.5)), "C": candles(candle("09:16", 95.0))}
    )
    assert rows["quote_time"].tolist() == [utc("2025-08-29T03:46:59")]


def test_volume_counts_from_the_session_that_a_span_begins_in() -> None:
    of = {"C": candles(*(candle(f"09:{n}", 95.0) for n in range(15, 20)))}
    span = utc("2025-08-29T03:47:00"), utc("2025-08-29T03:49:00")
    assert rows_of(of, span)["call_volume"].tolist() == [225, 300]


def test_session_without_a_quote_in_the_span_is_none() -> None:
    of = {"C": candles(candle("09:15", 95.0))}
    start, end = utc("2025-08-29T03:45:00"), utc("2025-08-29T03:45:59")
    assert [*sessions_of([CALL], of, start, end)] == []
    assert len([*sessions_of([CALL], of, start, end + 1)]) == 1


def test_volume_begins_anew_with_each_session() -> None:
    days = np.zeros(4, CANDLE)
    days["time"] = [utc(f"2025-08-{d}T0{h}:00:00") for d in (28, 29) for h in (4, 5)]
    days["close"], days["volume"] = 95.0, 75
    sessions = [*sessions_of([CALL], {"C": days}, *ALL)]
    assert [rows["call_volume"].tolist() for _, rows in sessions] == [[75, 150]] * 2


def test_answer_of_the_newest_first_is_put_in_order_and_each_candle_is_taken_once() -> (
    None
):
    found = candles(candle("09:16", 2.0), candle("09:15", 1.0), candle("09:16", 2.0))
    assert found["close"].tolist() == [1.0, 2.0]
    assert found["time"][0] == utc("2025-08-29T03:45:00")


def test_index_has_no_oi() -> None:
    [found] = candles(candle("09:15", 24600.5)[:6])
    assert (found["close"], found["oi"]) == (24600.5, 0)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "no candles"),
        ({"candles": None}, "no candles"),
        ({"candles": [[]]}, "cannot be read"),
        ({"candles": [candle("09:15", -1.0)]}, "out of range"),
        ({"candles": [candle("09:15", float("nan"))]}, "out of range"),
        ({"candles": [candle("09:15", 1.0, 10**18)]}, "out of range"),
        ({"candles": [["soon", *candle("09:15", 1.0)[1:]]]}, "cannot be read"),
        ({"candles": [candle("09:15", 1.0)[:3]]}, "cannot be read"),
    ],
)
def test_answer_that_is_none_is_an_error(data: Any, says: str) -> None:
    with pytest.raises(FeedError, match=says):
        candles_of(data, "Kite")


def test_no_candles_are_no_sessions() -> None:
    assert [*sessions_of([CALL], {"C": candles()}, *ALL)] == []
