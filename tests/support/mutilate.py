"""Ordinary bad days: a recorded session, and what feeds do to it."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from tests.support.feeds import oracle
from tests.support.recordings import LOTS, recording

EXPIRIES, STRIKES = 2, 7  # the first, and so many around the money
LEGS = ("call", "put")
FIGURES = ("ltp", "bid", "ask", "iv", "oi", "volume")
PAGES = 90
Day = pd.DataFrame
Fault = Callable[[Day, random.Random], Day]


def recorded_day(data: Path) -> Day:
    """A part of the recorded NIFTY session that takes seconds, with a spot made up for it."""
    rules = oracle()
    day = rules.read_nse_csv(recording(data, "NIFTY"), LOTS["NIFTY"])
    day = day[day.quote_time >= pd.Timestamp("2025-08-29", tz="UTC")]
    expiries = sorted(day.expiry.unique())[:EXPIRIES]
    strikes = [24_450 + 50 * step for step in range(-(STRIKES // 2), STRIKES // 2 + 1)]
    times = sorted(day.quote_time.unique())[:PAGES]
    chosen = (
        day.expiry.isin(expiries)
        & day.strike.isin(strikes)
        & day.quote_time.isin(times)
    )
    day = day[chosen].reset_index(drop=True)
    spots = {
        time: 24_450 + 0.05 * (37 * n % 400) for n, time in enumerate(sorted(times))
    }
    return day.assign(underlying=day.quote_time.map(spots).round(2))


def cells(day: Day, rnd: random.Random, share: float) -> list[int]:
    return rnd.sample(range(len(day)), round(share * len(day)))


def pages(day: Day, rnd: random.Random, count: int) -> list[pd.Timestamp]:
    return rnd.sample(sorted(day.quote_time.unique()), count)


def columns(leg: str, names: tuple[str, ...]) -> list[str]:
    return [f"{leg}_{name}" for name in names]


def drop_outs(day: Day, rnd: random.Random) -> Day:
    """Legs that fall to nothing, for a page or for several."""
    for leg in LEGS:
        for at in cells(day, rnd, 0.03):
            one = day[
                (day.strike == day.strike[at])
                & (day.expiry == day.expiry[at])
                & (day.quote_time >= day.quote_time[at])
            ].index[: rnd.choice([1, 1, 3, 25])]
            day.loc[one, columns(leg, ("volume", "oi"))] = 0
    return day


def lone_drop_outs(day: Day, rnd: random.Random) -> Day:
    """One page each, once the leg has traded for a while."""
    times = sorted(day.quote_time.unique())
    for leg in LEGS:
        late = day.index[day.quote_time >= times[30]]
        at = rnd.sample(list(late[day.loc[late, f"{leg}_volume"] > 0]), 20)
        day.loc[at, columns(leg, ("volume", "oi"))] = 0
    return day


def lone_falls(day: Day, rnd: random.Random) -> Day:
    """Pages of an older cache: one volume below the one before."""
    for leg in LEGS:
        volume = day.sort_values("quote_time").groupby(["expiry", "strike"])[
            f"{leg}_volume"
        ]
        before = volume.shift()
        for at in rnd.sample(list(before.index[before > 1]), 20):
            day.loc[at, f"{leg}_volume"] = before[at] - 1
    return day


def spikes(day: Day, rnd: random.Random) -> Day:
    for leg in LEGS:
        day.loc[cells(day, rnd, 0.02), f"{leg}_volume"] *= 10
    return day


def jitter(day: Day, rnd: random.Random) -> Day:
    """Volumes of a slightly older cache."""
    for leg in LEGS:
        at = cells(day, rnd, 0.1)
        day.loc[at, f"{leg}_volume"] = (day.loc[at, f"{leg}_volume"] * 0.998).round()
    return day


def stamped_head(day: Day, rnd: random.Random) -> Day:
    """The first pages are yesterday's last one, as its stamp says."""
    return stale_head(day, rnd, stamped=True)


def stale_head(day: Day, rnd: random.Random, stamped: bool | None = None) -> Day:
    """The first pages are yesterday's last one; its stamp says so, or there is none."""
    times = sorted(day.quote_time.unique())
    last = day[day.quote_time == times[-1]].set_index(["expiry", "strike"])
    stamped = rnd.random() < 0.5 if stamped is None else stamped
    for time in times[: rnd.randint(1, 30)]:
        here = day.quote_time == time
        keys = pd.MultiIndex.from_frame(day.loc[here, ["expiry", "strike"]])
        for leg in LEGS:
            for name in columns(leg, FIGURES):
                day.loc[here, name] = last[name].reindex(keys).to_numpy()
        stamp = time - pd.Timedelta(days=1) if stamped else pd.NaT
        day.loc[here, "exchange_time"] = stamp
    return day


def missing_spot(day: Day, rnd: random.Random) -> Day:
    """Of rows, of pages, and of everything in some minutes."""
    day.loc[cells(day, rnd, 0.2), "underlying"] = float("nan")
    day.loc[day.quote_time.isin(pages(day, rnd, 20)), "underlying"] = float("nan")
    times = sorted(day.quote_time.unique())
    first = rnd.randrange(len(times) - 25)
    day.loc[day.quote_time.isin(times[first : first + 25]), "underlying"] = float("nan")
    return day


def missing_book(day: Day, rnd: random.Random) -> Day:
    """Of legs, and of whole pages."""
    for leg in LEGS:
        book = columns(leg, ("bid", "ask"))
        day.loc[cells(day, rnd, 0.2), book[rnd.randrange(2)]] = float("nan")
        day.loc[day.quote_time.isin(pages(day, rnd, 12)), book] = float("nan")
    both = day.quote_time.isin(pages(day, rnd, 12))
    for leg in LEGS:
        day.loc[both, columns(leg, ("bid", "ask"))] = float("nan")
    return day


def stamps(day: Day, rnd: random.Random) -> Day:
    """Each strike has its own, and some stand still for minutes."""
    lag = [
        pd.Timedelta(seconds=rnd.choice([0, 1, 30, 90, 400])) for _ in range(len(day))
    ]
    return day.assign(exchange_time=day.quote_time - pd.Series(lag, index=day.index))


def swapped_pages(day: Day, rnd: random.Random) -> Day:
    """Two pages change places, and one comes again in place of the next."""
    figures = [name for leg in LEGS for name in columns(leg, FIGURES)]
    times = sorted(day.quote_time.unique())
    for _ in range(4):
        one = rnd.randrange(len(times) - 1)
        a, b = (day.quote_time == times[n] for n in (one, one + 1))
        if a.sum() == b.sum():
            first, second = (
                day.loc[a, figures].to_numpy(),
                day.loc[b, figures].to_numpy(),
            )
            day.loc[b, figures] = first
            day.loc[a, figures] = second if rnd.random() < 0.5 else first
    return day


FAULTS: tuple[Fault, ...] = (
    drop_outs,
    spikes,
    jitter,
    stale_head,
    missing_spot,
    missing_book,
    stamps,
    swapped_pages,
)


def lines(day: Day) -> list[str]:
    """The quotes as canonical NDJSON, in order."""
    return [json.dumps(quote(row)) for row in day.to_dict("records")]


def quote(row: dict[Any, Any]) -> dict[str, Any]:
    def known(name: str) -> Any:
        return None if pd.isna(row[name]) else row[name]

    stamp = known("exchange_time")
    return {
        "quote_time": row["quote_time"].isoformat(),
        "exchange_time": stamp and stamp.isoformat(),
        "symbol": row["symbol"],
        "expiry": str(row["expiry"]),
        "strike": row["strike"],
        "underlying": known("underlying"),
        **{
            leg: {
                name: known(f"{leg}_{name}")
                if name not in ("oi", "volume") or known(f"{leg}_{name}") is None
                else int(row[f"{leg}_{name}"])
                for name in FIGURES
            }
            for leg in LEGS
        },
    }
