"""Sessions with holes and drop-outs, and whether two databases have the same of them."""

from collections.abc import Sequence
from datetime import date
from random import Random

import pandas as pd
import psycopg

from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.quote_market import MONDAY, Quote, batch_of, ist, open_store
from tests.support.recordings import differences, read_table

EXPIRIES = (date(2025, 9, 2), MONDAY)
TIMES = ("09:05", "09:16", "09:17", "11:00", "12:30", "14:59", "15:29", "15:33")
QUOTE = ["symbol", "expiry", "strike", "quote_time"]
BAR = ["symbol", "expiry", "strike", "bucket_time"]
LEVEL = ["symbol", "expiry", "moneyness_level", "bucket_time"]
RELATIONS = {
    "fo.option_quote": QUOTE,
    "fo.quote_dropout": [*QUOTE, "leg"],
    "fo.underlying_quote": ["symbol", "quote_time"],
    "fo.contract": QUOTE[:3],
    "fo.expiry": QUOTE[:2],
    "fo.option_strike_bars_1min": BAR,
    "fo.option_strike_bars_1d": BAR,
    "fo.moneyness_bars_1d": LEVEL,
    "fo.underlying_bars_1d": ["symbol", "bucket_time"],
    "fo.expiry_metrics": ["symbol", "expiry", "bucket_time"],
    "fo.expiry_metrics_1d": ["symbol", "expiry", "bucket_time"],
    "fo.latest_snapshot": ["timeframe", *QUOTE[:3]],
}
Tables = dict[str, pd.DataFrame]


def session_of(day: date, random: Random, times: Sequence[str] = TIMES) -> list[Quote]:
    """Snapshots through a day, before and after it too, with holes and drop-outs."""
    quotes = []
    for place, time in enumerate(times):
        for expiry in EXPIRIES:
            for strike in (24_500, 24_550, 24_600, 24_650, 24_700):
                if random.random() < 0.2:
                    continue
                volume = 0 if random.random() < 0.1 else 100 * place + strike % 100
                gap = 24_600 - strike
                quotes.append(
                    Quote(
                        f"{time}:00",
                        strike,
                        leg(120 + gap / 2, volume, random),
                        leg(120 - gap / 2, 2 * volume, random),
                        underlying=24_600.0 if random.random() < 0.7 else None,
                        day=day,
                        expiry=expiry,
                        stamp=ist("15:29:00" if time > "15:30" else f"{time}:00", day),
                    )
                )
    return quotes


def leg(price: float, volume: int, random: Random) -> dict[str, float]:
    return {
        "ltp": price,
        "bid": price - 1,
        "ask": price + 1,
        "volume": volume,
        "oi": random.randrange(0, 500),
    }


def correct(connection: psycopg.Connection, day: date, *hours: str) -> None:
    connection.execute(
        "SELECT ops.correct_session('NSE', %s, %s::time[], %s::time[])",
        [day, [hours[0]] if hours else None, [hours[1]] if hours else None],
    )


def tables(connection: psycopg.Connection) -> Tables:
    """What is stored and what follows from it, refreshed."""
    refresh_all(connection)
    return {name: read_table(connection.info.dsn, "*", name) for name in RELATIONS}


def unlike(expected: Tables, found: Tables) -> list[str]:
    """Sums may differ in their last digits: rows come in another order."""
    return [
        f"{name}: {said}"
        for name, key in RELATIONS.items()
        for said in differences(expected[name], found[name], key)
    ]


def stored(dsn: str, market: list[Quote]) -> None:
    store = open_store(dsn)
    with store.connection:
        store.add(batch_of(market))
