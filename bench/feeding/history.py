"""What an answer about an instant costs with 40 days of history, over the same with 3."""

from datetime import date, timedelta
from statistics import median
from time import perf_counter

import numpy as np
import psycopg

from bench.generate import SYMBOL, snapshot, trading_days
from bench.report import Figure, at_most
from pgstrike.db.connection import connect
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import QuoteBatch
from pgstrike.jobs.settings import JobsSettings

DAYS, FEW = 40, 3
SNAPSHOTS = range(0, 360, 12)  # 30 minutes of a day
EXPIRIES = [date(2025, 11, 25), date(2025, 12, 30)]  # after all of the days
CALLS = 40


def history_figure(engine: str, dsn: str) -> Figure:
    """`expiry_metrics` of 2 expiries of 100 strikes, as of instants of the last 3 days."""
    settings = JobsSettings.from_env({})
    spent: dict[int, float] = {}
    with connect(dsn, "bench") as connection:
        store = Store(
            connection, source="bench", rate=settings.rate, horizon=timedelta(days=90)
        )
        random = np.random.default_rng(5)
        days = trading_days(DAYS)
        for number, day in enumerate(days, 1):
            add_day(store, day, random)
            if number in (FEW, DAYS):
                connection.execute("VACUUM ANALYZE")
                spent[number] = milliseconds(connection, days[number - FEW : number])
    few, many = spent[FEW], spent[DAYS]
    what = f"{engine}, expiry_metrics as of an instant, {DAYS} days of history, ms"
    return at_most(what, many, few, f"{FEW} days of it", many / few, 1.2)


def add_day(store: Store, day: date, random: np.random.Generator) -> None:
    """Every other strike of each snapshot of a day."""
    money = 24_600 + random.normal(0, 15, len(SNAPSHOTS)).cumsum()
    rows = np.concatenate(
        [
            snapshot(day, minute, spot, EXPIRIES, random)[::2]
            for minute, spot in zip(SNAPSHOTS, money, strict=True)
        ]
    )
    store.add(QuoteBatch(rows, (SYMBOL,), [""] * len(rows), []))


def milliseconds(connection: psycopg.Connection, days: list[date]) -> float:
    """The median of calls at instants all over these days, after some that do not count."""
    random = np.random.default_rng(3)
    spent = []
    for _ in range(CALLS + 10):
        minute = 225 + int(random.integers(5, 360))
        day = days[int(random.integers(len(days)))]
        at = f"{day} {minute // 60:02}:{minute % 60:02}:30+00"
        began = perf_counter()
        rows = connection.execute(
            "SELECT * FROM analytics.expiry_metrics(%s, NULL, %s::timestamptz)",
            [SYMBOL, at],
        ).fetchall()
        spent.append((perf_counter() - began) * 1e3)
        assert len(rows) == len(EXPIRIES), at
    return median(spent[10:])
