"""Random sessions in random order against the oracle: underlying, forward, moneyness."""

import random
from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd
import psycopg
import pytest

from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import LEGS
from tests.support.delivery import deliver, forget
from tests.support.feeds import oracle
from tests.support.quote_market import EXPIRY, Leg, Quote, add, ist, select
from tests.support.recordings import differences

EXPIRIES = (EXPIRY, date(2025, 9, 9), date(2025, 9, 16))
KEY = ["quote_time", "symbol", "expiry", "strike"]
COLUMNS = (
    "underlying",
    "underlying_source",
    "forward",
    "forward_source",
    "strike_gap",
    "moneyness_level",
)


def session(dice: random.Random) -> Iterator[list[Quote]]:
    """Every quote of a small session and a while after it, as the versions that it comes in."""
    minutes = sorted(dice.sample(range(550, 945), dice.randint(3, 9)))
    if dice.random() < 0.7:  # close together, so that much is carried
        first = dice.randint(555, 900)
        minutes = sorted(dice.sample(range(first, first + 24), dice.randint(4, 9)))
    strikes = sorted(dice.sample(range(24_300, 24_950, 50), dice.randint(2, 7)))
    expiries = dice.sample(EXPIRIES, dice.randint(1, 3))
    brings = dice.choice((0.0, 0.2, 0.8, 1.0))
    dropped = {
        (expiry, strike, leg)
        for expiry in expiries
        for strike in strikes
        for leg in LEGS
        if dice.random() < 0.15
    }
    for minute in minutes:
        fed = dice.random() < dice.choice((0.2, 0.7))
        stamp = stamps(dice, minute)
        for expiry in expiries:
            book = dice.choice(("tight", "near", "wide", "none", "none", "mixed"))
            kept = [strike for strike in strikes if dice.random() < 0.85]
            for strike in kept:
                yield [
                    quote(
                        dice, minute, expiry, strike, book, fed * brings, stamp, dropped
                    )
                    for _ in range(dice.choice((1, 1, 1, 2)))
                ]


def stamps(dice: random.Random, minute: int) -> list[str | None]:
    """What the rows of a snapshot may be stamped with."""
    kind = dice.choice(("none", "fresh", "old", "each"))
    if kind == "none" or minute > 930:
        return [None]
    ages = {"fresh": [60], "old": [dice.choice((299, 300, 301, 1_500))]}
    return [
        f"{(60 * minute - age) // 3600:02}:{(60 * minute - age) // 60 % 60:02}"
        f":{(60 * minute - age) % 60:02}"
        for age in ages.get(kind, [30, 299, 301, 900])
    ]


def quote(
    dice: random.Random,
    minute: int,
    expiry: date,
    strike: float,
    book: str,
    brings: float,
    stamp: list[str | None],
    dropped: set[tuple[date, float, str]],
) -> Quote:
    """Both legs around what a spot of 24,600 or so makes of them."""
    legs: list[Leg] = []
    for leg, sign in (("call", 1), ("put", -1)):
        mid = max(sign * (24_610 - strike), 0) + 60 + dice.randint(0, 40) / 4
        kind = dice.choice(("tight", "wide", "none")) if book == "mixed" else book
        half = {"tight": 0.5, "near": 7.0, "wide": 0.15 * mid}.get(kind, np.nan)
        figures = {
            "bid": mid - half,
            "ask": mid + half,
            "ltp": mid + dice.choice((0, 1)),
        }
        if dice.random() < 0.1:
            figures["bid"], figures["ask"] = figures["ask"], figures["bid"]
        if (expiry, strike, leg) in dropped:
            # Once: a second zero could outvote what was reached.
            zero = dice.random() < 0.3
            figures["volume"] = 0 if zero else 75 * minute
            if zero:
                dropped.discard((expiry, strike, leg))
        figures = {name: each for name, each in figures.items() if each == each}
        if dice.random() < 0.1:
            figures.pop(dice.choice(sorted(figures)))
        legs.append(figures)
    return Quote(
        f"{minute // 60:02}:{minute % 60:02}:00",
        strike,
        *legs,
        underlying=24_600.0 + dice.randint(-40, 40) if dice.random() < brings else None,
        expiry=expiry,
        stamp=None if (at := dice.choice(stamp)) is None else ist(at),
    )


def expected(quotes: list[Quote]) -> pd.DataFrame:
    rows = [
        {
            "quote_time": ist(each.time),
            "exchange_time": each.stamp or pd.NaT,
            "symbol": each.symbol,
            "expiry": each.expiry,
            "strike": each.strike,
            "underlying": each.underlying,
        }
        | {
            f"{leg}_{name}": getattr(each, leg).get(name, np.nan)
            for leg in LEGS
            for name in ("ltp", "bid", "ask", "iv", "oi", "volume")
        }
        for each in quotes
    ]
    frame = pd.DataFrame(rows)
    for name in ("quote_time", "exchange_time"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    frame["underlying"] = frame["underlying"].astype(float)
    built = oracle().build_quotes(frame)
    return built[[*KEY, *COLUMNS]].replace({None: np.nan})


def stored(connection: psycopg.Connection) -> pd.DataFrame:
    rows = select(
        connection, f"SELECT {', '.join((*KEY, *COLUMNS))} FROM fo.option_quote"
    )
    return pd.DataFrame(rows).replace({None: np.nan})


def moments(connection: psycopg.Connection) -> list[dict[str, object]]:
    return select(connection, "SELECT * FROM fo.underlying_quote ORDER BY quote_time")


@pytest.mark.second_later
@pytest.mark.parametrize(
    "first",
    [0, 24, *(pytest.param(first, marks=pytest.mark.long) for first in (12, 36))],
)
def test_session_in_any_order_is_the_oracles(
    store: Store, connection: psycopg.Connection, first: int
) -> None:
    """Quote by quote to 1e-9, and the underlying of each instant as if all came at once."""
    for seed in range(first, first + 12):
        dice = random.Random(seed)
        quotes = list(session(dice))
        final = sorted(
            (versions[-1] for versions in quotes),
            key=lambda each: (each.time, each.expiry, each.strike),
        )
        deliver(store, dice, quotes, 4)
        wanted = expected(final)
        assert differences(wanted, stored(connection), KEY) == [], seed
        shuffled = moments(connection)
        forget(connection)
        add(store, *final)
        assert differences(wanted, stored(connection), KEY) == [], seed
        assert moments(connection) == shuffled, seed
        forget(connection)


def test_sessions_hold_every_source() -> None:
    """So that what is compared above is not always the same."""
    seen: set[tuple[str, str]] = set()
    for seed in range(12):
        frame = expected([versions[-1] for versions in session(random.Random(seed))])
        for name in ("underlying_source", "forward_source"):
            seen |= {(name, str(each)) for each in frame[name].unique()}
    assert seen == {
        *(("underlying_source", each) for each in ("feed", "carried", "parity", "nan")),
        *(
            ("forward_source", each)
            for each in ("parity", "last", "underlying", "other_expiry", "nan")
        ),
    }
