"""`python -m bench.analytics`: what schema analytics costs, with 10 sessions of history.

5 expiries of 200 strikes for 10 sessions at a quote a minute (3.75 M quotes), and another
symbol whose one snapshot has 70 expiries of 200 strikes. Times are the client's, until the last
byte of the rows is there; what psycopg then makes of them is no SQL time. In an embedded server
of its own. Needs about 4 GB of disk and 10 minutes.
"""

import sys
from collections.abc import Sequence
from datetime import date, timedelta
from time import perf_counter

import numpy as np
import psycopg

from bench.generate import (
    EXPIRIES,
    OPENS,
    SYMBOL,
    expiries_of,
    session,
    snapshot,
    trading_days,
)
from bench.report import Figure, at_most, report
from bench.spine import database
from pgstrike.db.connection import connect
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import QuoteBatch
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.settings import JobsSettings

SESSIONS = 10
TIMES = 200
MANY_EXPIRIES = 70  # of 200 strikes: 14,000 contracts, two legs each
MANY = "BANKNIFTY"
BUDGET = "the budget"
# What a function needs besides symbol and expiry, or is asked with: five strikes, not all 200.
STRIKES = "{24500,24550,24600,24650,24700}"
BESIDES = {
    "fixed_straddle_series": ", p_strike => 24600",
    "oi_series": f", p_strikes => '{STRIKES}'",
}


def main() -> int:
    with database() as dsn, connect(dsn, "bench") as connection:
        fill(connection, JobsSettings.from_env({}))
        connection.execute("VACUUM ANALYZE")
        figures = [
            *metric_figures(connection),
            chain_at_figure(connection),
            everything_figure(connection),
        ]
    return 0 if report("analytics", figures) else 1


def fill(connection: psycopg.Connection, settings: JobsSettings) -> None:
    """The history of one symbol, and one great snapshot of another."""
    store = Store(
        connection, source="bench", rate=settings.rate, horizon=timedelta(days=30)
    )
    random = np.random.default_rng(7)
    days = trading_days(SESSIONS)
    for number, day in enumerate(days, 1):
        for batch in session(day, random):
            store.add(batch)
        refresh_all(connection)
        print(f"session {number} of {SESSIONS} stored")
    rows = snapshot(days[-1], 0, 24_600.0, expiries_of(MANY_EXPIRIES), random)
    store.add(QuoteBatch(rows, (MANY,), [""] * len(rows), []))
    refresh_all(connection)


def metric_figures(connection: psycopg.Connection) -> list[Figure]:
    """Every function that takes an expiry, of the latest snapshot, for one expiry."""
    found = connection.execute(
        "SELECT metric FROM ops.metric_parameter WHERE parameter = 'expiry'"
        " AND metric <> 'chain_at' ORDER BY metric"
    )
    nearest = expiries_of(EXPIRIES)[0]
    return [
        p99_figure(
            connection,
            f"{metric}, one expiry, ms",
            f"SELECT * FROM analytics.{metric}(%s, p_expiry => %s{BESIDES.get(metric, '')})",
            [(SYMBOL, nearest)] * TIMES,
            10,
        )
        for (metric,) in found.fetchall()
    ]


def chain_at_figure(connection: psycopg.Connection) -> Figure:
    """At instants all over the history, of one expiry."""
    random = np.random.default_rng(11)
    days = trading_days(SESSIONS)
    instants = [
        (SYMBOL, expiries_of(EXPIRIES)[0], instant(days[day], int(minute)))
        for day, minute in zip(
            random.integers(0, SESSIONS, TIMES),
            random.integers(5, 370, TIMES),
            strict=True,
        )
    ]
    statement = "SELECT * FROM analytics.chain_at(%s, %s, %s::timestamptz)"
    return p99_figure(
        connection, "chain_at, any instant of 10 sessions, ms", statement, instants, 50
    )


def everything_figure(connection: psycopg.Connection) -> Figure:
    """The median: it is what each refresh of so large a symbol costs."""
    spent = times(
        connection, "SELECT * FROM analytics.expiry_metrics(%s)", [(MANY,)] * 20
    )
    what = "all figures of all expiries, 14,000 contracts, ms"
    median = float(np.median(spent))
    return at_most(what, median, 500, BUDGET, median, 500)


def p99_figure(
    connection: psycopg.Connection,
    what: str,
    statement: str,
    arguments: Sequence[tuple[object, ...]],
    goal: float,
) -> Figure:
    spent = times(connection, statement, arguments)
    p50, p99 = (float(np.percentile(spent, share)) for share in (50, 99))
    return at_most(f"{what} (p50 {p50:.1f})", p99, goal, BUDGET, p99, goal)


def times(
    connection: psycopg.Connection,
    statement: str,
    arguments: Sequence[tuple[object, ...]],
) -> list[float]:
    """Milliseconds of each call, after some that do not count."""
    spent = []
    for number, values in enumerate([*arguments[:10], *arguments]):
        began = perf_counter()
        rows = connection.execute(statement.encode(), values)
        if number >= 10:
            spent.append((perf_counter() - began) * 1e3)
        assert rows.rowcount or "_series" in statement, statement
    return spent


def instant(day: date, minute: int) -> str:
    opened = timedelta(microseconds=OPENS + minute * 60_000_000)
    return f"{day} {opened}+00"


if __name__ == "__main__":
    sys.exit(main())
