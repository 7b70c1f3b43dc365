"""`make bench`: the spine against the reference design, in one database and one run.

10 sessions of 1,000 strikes at a quote a minute (3.75 M quotes) in an embedded server of its
own; 3 expiries x 21 strikes asked for. Needs about 4 GB of disk and 10 minutes.
"""

import gzip
import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import psycopg

from bench import reference
from bench.generate import SYMBOL, session, trading_days
from bench.report import Figure, at_least, at_most, report
from bench.touched import rows_touched
from pgstrike.db.connection import connect
from pgstrike.db.embedded.throwaway import throwaway_server
from pgstrike.db.paths import ROOT
from pgstrike.db.queries import query
from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.ingest.ingest import store_feed
from pgstrike.jobs.ingest.replay_pacing import read_ahead
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import QuoteBatch
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.settings import JobsSettings
from tests.support.engines import alembic
from tests.support.plans import plan_nodes

JOINS = ("Nested Loop", "Hash Join", "Merge Join")
SESSIONS = 10
AROUND = 10
EXPIRIES = [date(2025, 9, 30), date(2025, 10, 7), date(2025, 10, 14)]
DATA = Path(os.environ.get("PGSTRIKE_DATA", ROOT.parent / "shared" / "data"))
LATEST = (
    "SELECT * FROM analytics.strike_distribution("
    "p_symbol => %s, p_timeframe => '5min', p_expiries => %s, p_around => %s)"
)


def main() -> int:
    settings = JobsSettings.from_env({})
    with database() as dsn:
        figures = [ingest_figure(dsn, settings)]
    with database() as dsn, connect(dsn, "bench") as connection:
        figures = [*history_figures(connection, settings), *figures]
    return 0 if report("spine", figures) else 1


@contextmanager
def database() -> Iterator[str]:
    """A fresh, migrated database on the embedded server, with its default settings."""
    with throwaway_server(Path("/var/tmp"), "pgstrike-bench-") as dsn:
        built = alembic(dsn, "upgrade", "head")
        if built.returncode != 0:
            raise SystemExit(built.stderr)
        yield dsn


def ingest_figure(dsn: str, settings: JobsSettings) -> Figure:
    """The whole of `ingest`, parsing and all, against COPY of the finished rows."""
    path = DATA / "nse-nifty-2025-08-29.csv.gz"
    with gzip.open(path) as file:
        began = perf_counter()
        batches = read_ahead(read_nse_csv(file, 75))
        feed = store_feed(dsn, settings, batches, source="bench", is_watched=False)
        for done in feed:
            tally, ended = done, perf_counter()
    ours = tally.read / (ended - began)
    with connect(dsn, "bench") as connection:
        peer = tally.read / statistics.median(bare_copy(connection) for _ in range(3))
    name = "bare COPY into an unindexed copy of the table, rows/s"
    return at_least(
        "ingest of the NIFTY file, rows/s", ours, peer, name, ours / peer, 0.15
    )


def bare_copy(connection: psycopg.Connection) -> float:
    with connection.cursor() as cursor:
        with cursor.copy("COPY (SELECT * FROM fo.option_quote) TO STDOUT") as copy:
            text = b"".join(bytes(part) for part in copy)
        cursor.execute("DROP TABLE IF EXISTS public.bare")
        cursor.execute("CREATE TABLE public.bare (LIKE fo.option_quote)")
        began = perf_counter()
        with cursor.copy("COPY public.bare FROM STDIN") as copy:
            copy.write(text)
        return perf_counter() - began


def history_figures(
    connection: psycopg.Connection, settings: JobsSettings
) -> list[Figure]:
    store = Store(
        connection, source="bench", rate=settings.rate, horizon=timedelta(days=30)
    )
    random = np.random.default_rng(7)
    touched: dict[int, int] = {}
    for number, day in enumerate(trading_days(SESSIONS), 1):
        *batches, last = session(day, random)
        for batch in batches:
            store.add(batch)
        refresh_all(connection)
        one, rest = last_thousand(last)
        store.add(rest)
        refresh_all(connection)
        store.add(one)
        touched[number] = rows_touched(connection, lambda: refresh_all(connection))
        print(
            f"session {number} of {SESSIONS} stored; {touched[number]:,} rows touched"
        )
    connection.execute((ROOT / "bench" / "reference.sql").read_bytes())
    connection.execute("VACUUM ANALYZE")
    return [
        latest_figure(connection),
        series_figure(connection),
        joins_figure(connection),
        touched_figure(touched),
    ]


def last_thousand(batch: QuoteBatch) -> tuple[QuoteBatch, QuoteBatch]:
    """The newest snapshot of a batch, and what comes before it."""
    newest = batch.rows["quote_time"] == batch.rows["quote_time"].max()
    return batch._replace(rows=batch.rows[newest]), batch._replace(
        rows=batch.rows[~newest]
    )


def median_ms(action: Callable[[], object], times: int) -> float:
    """The median of some runs, after one that does not count."""
    action()
    spent = []
    for _ in range(times):
        began = perf_counter()
        action()
        spent.append((perf_counter() - began) * 1e3)
    return statistics.median(spent)


def latest_figure(connection: psycopg.Connection) -> Figure:
    def ask() -> int:
        return len(connection.execute(LATEST, (SYMBOL, EXPIRIES, AROUND)).fetchall())

    assert ask() == len(EXPIRIES) * (2 * AROUND + 1), ask()
    ours = median_ms(ask, 200)
    peer = median_ms(lambda: reference.latest(connection, SYMBOL, EXPIRIES), 3)
    what = "latest chain, SQL time, ms"
    return at_least(what, ours, peer, "reference design", peer / ours, 200)


def series_figure(connection: psycopg.Connection) -> Figure:
    row = connection.execute(
        "SELECT date_trunc('day', max(clock)) + INTERVAL '3 h 45 min' FROM fo.instrument"
    ).fetchone()
    assert row is not None
    start, end = row[0], row[0] + timedelta(hours=6)

    request = series_request(start, end)

    def ask() -> bytes:
        row = connection.execute(*request).fetchone()
        assert row is not None
        return bytes(row[1])

    points = ask().count(b"],[") + 1
    print(f"moneyness series: {points:,} points, {len(ask()):,} bytes")
    ours = median_ms(ask, 50)
    peer = median_ms(
        lambda: reference.series(connection, SYMBOL, EXPIRIES, AROUND, start, end), 3
    )
    what = "moneyness series, 6 h at 5 min, to JSON bytes, ms"
    return at_least(what, ours, peer, "reference design", peer / ours, 20)


def series_request(
    start: datetime | None, end: datetime | None
) -> tuple[bytes, dict[str, object]]:
    """What `GET /v1/moneyness-series` asks the database."""
    words = {
        "symbol": [SYMBOL],
        "timeframe": ["5min"],
        "expiry": [str(expiry) for expiry in EXPIRIES],
        "indicator": ["oi"],
        "strikes": [f"atm:{AROUND}"],
        **{name: [str(at)] for name, at in (("from", start), ("to", end)) if at},
    }
    return query("metric"), {
        "metric": "moneyness_series",
        "words": json.dumps(words),
        "members": '"metric":"moneyness_series"',
    }


def joins_figure(connection: psycopg.Connection) -> Figure:
    joins = join_nodes(connection, LATEST, (SYMBOL, EXPIRIES, AROUND))
    joins += join_nodes(connection, *series_request(None, None))
    peer = join_nodes(
        connection, reference.LATEST, {"symbol": SYMBOL, "expiries": EXPIRIES}
    )
    return at_most("JOINs at request time", joins, peer, "reference design", joins, 0)


def join_nodes(connection: psycopg.Connection, statement: Any, parameters: Any) -> int:
    """How many joins the plans of one request hold, those inside functions included."""
    nodes = plan_nodes(connection, statement, parameters)
    return sum(node["Node Type"] in JOINS for node in nodes)


def touched_figure(touched: dict[int, int]) -> Figure:
    ours, peer = touched[SESSIONS], touched[1]
    what = "rows touched to refresh after one 1,000-strike batch, 10 days over 1"
    return at_most(what, ours, peer, "ourselves with 1 day", ours / peer, 1.1)


if __name__ == "__main__":
    sys.exit(main())
