"""`python -m bench.storage`: the bytes of a stored quote, and the time of common queries.

The recorded NIFTY day on TimescaleDB, in two databases: in rows, and compressed. Needs a
server that offers TimescaleDB, 1 GB and 5 minutes. The compressed day is then given 350 late
quotes, and compressed again. The peer of a form is the same quotes in another one.
"""

import gzip
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import psycopg

from bench.report import Figure, at_least, at_most, report
from bench.spine import DATA, median_ms
from pgstrike.db.connection import connect
from pgstrike.db.queries import query
from pgstrike.jobs.feed.ndjson import quote_line
from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.ingest.raw_quotes import raw_quotes
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.quote import QuoteBatch
from pgstrike.jobs.refresh.refresh import refresh_all
from pgstrike.jobs.settings import JobsSettings
from tests.support.engines import WANTED, alembic, make_server, running

LATE = 350
DAY, NEXT_DAY, NOON = "2025-08-29", "2025-08-30", "2025-08-29 07:00+00"
EVERYTHING = {
    "symbol": "NIFTY",
    "expiry": None,
    "from": "-infinity",
    "to": "infinity",
}
SIZE = "SELECT public.hypertable_size('fo.option_quote')"
CHUNKS = "SELECT chunk::text FROM public.show_chunks('fo.option_quote') AS chunk"
NEAREST = "symbol = 'NIFTY' AND expiry = '2025-09-02'"
OF_THE_DAY = f"quote_time >= '{DAY}' AND quote_time < '{NEXT_DAY}'"


class Question(NamedTuple):
    """A common statement, and the most that it may take on compressed days, as a ratio."""

    what: str
    statement: str
    goal: float
    times: int = 15


QUESTIONS = (
    Question(
        "the chain now", "SELECT * FROM analytics.chain('NIFTY', '2025-09-02')", 1.5
    ),
    # A strike of an expiry is one or two compressed batches of 1,000 quotes.
    Question(
        "the chain at an instant",
        f"SELECT * FROM analytics.chain_at('NIFTY', '2025-09-02', '{NOON}')",
        10,
    ),
    Question(
        "a contract's quotes of the day",
        f"SELECT * FROM fo.option_quote WHERE {NEAREST} AND strike = 24600"
        f" AND {OF_THE_DAY} ORDER BY quote_time",
        2,
    ),
    Question(
        "an expiry's quotes of the day",
        f"SELECT * FROM fo.option_quote WHERE {NEAREST} AND {OF_THE_DAY}"
        " ORDER BY quote_time, strike",
        1.5,
    ),
    # Every batch has quotes of the whole day: all of the symbol's are decompressed.
    Question(
        "one snapshot of all expiries",
        "SELECT * FROM fo.option_quote WHERE symbol = 'NIFTY' AND quote_time = ("
        "SELECT max(quote_time) FROM fo.underlying_quote"
        f" WHERE quote_time < '{NOON}')",
        40,
    ),
    Question(
        "refreshing 2 hours of bars",
        "CALL public.refresh_continuous_aggregate('fo.option_strike_bars_1min',"
        f" '{DAY} 03:45+00', '{DAY} 05:45+00', force => TRUE)",
        5,
        times=3,
    ),
)


def main() -> int:
    settings = JobsSettings.from_env({})
    with databases() as make, ExitStack() as stack:
        rows = stack.enter_context(connect(make("rows"), "bench"))
        late = fill(rows, settings)
        rows.execute("VACUUM ANALYZE")
        rows.close()
        compressed = stack.enter_context(connect(make("compressed", "rows"), "bench"))
        rows = stack.enter_context(connect(make("rows"), "bench"))
        compress(compressed)
        compressed.execute("ANALYZE")
        figures = [
            *size_figures(rows, compressed),
            *(price_figure(each, rows, compressed) for each in QUESTIONS),
            late_figure(rows, compressed, settings, late),
        ]
    return 0 if report("storage", figures) else 1


@contextmanager
def databases() -> Iterator[Callable[..., str]]:
    """What makes a database of a name, empty or a copy of another, and gives its DSN."""
    server = make_server("timescaledb")
    if server is None:
        raise SystemExit(f"bench.storage needs {WANTED}")
    made: set[str] = set()

    def make(name: str, model: str | None = None) -> str:
        dsn = server.dsn(name)
        if name not in made and model is None:
            server.create_database(name)
            built = alembic(dsn, "upgrade", "head")
            if built.returncode != 0:
                raise SystemExit(built.stderr)
        elif name not in made:
            copy(server.dsn("postgres"), name, model)
        made.add(name)
        return dsn

    with running(server):
        yield make


def copy(dsn: str, name: str, model: str | None) -> None:
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [model],
        )
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {model}".encode())


def store_of(connection: psycopg.Connection, settings: JobsSettings) -> Store:
    return Store(
        connection,
        source="bench",
        rate=settings.rate,
        horizon=timedelta(days=30),
        declares=True,
    )


def fill(connection: psycopg.Connection, settings: JobsSettings) -> QuoteBatch:
    """Store the recorded quotes but some of the first half; those are returned."""
    random = np.random.default_rng(7)
    store, kept = store_of(connection, settings), []
    with gzip.open(DATA / "nse-nifty-2025-08-29.csv.gz") as file:
        batches = list(read_nse_csv(file, 75))
    half = sum(len(batch.rows) for batch in batches) // 2
    chosen, first = random.choice(half, LATE, replace=False), 0
    for batch in batches:
        held = np.isin(np.arange(first, first + len(batch.rows)), chosen)
        first += len(batch.rows)
        kept.append(batch.rows[held])
        store.add(only(batch, ~held))
    refresh_all(connection)
    rows = np.concatenate(kept)
    return QuoteBatch(rows, batches[0].symbols, [""] * len(rows), [])


def only(
    batch: QuoteBatch, rows: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> QuoteBatch:
    count = int(rows.sum())
    return batch._replace(rows=batch.rows[rows], raw=[""] * count, rejects=[])


def compress(connection: psycopg.Connection) -> None:
    """All chunks: the recorded day is the newest, which the job would leave alone."""
    for (chunk,) in connection.execute(CHUNKS).fetchall():
        connection.execute(query("compress_chunk"), [chunk])


def size(connection: psycopg.Connection) -> float:
    """Bytes a quote, indexes included."""
    return number(connection, SIZE) / count_of(connection)


def count_of(connection: psycopg.Connection) -> float:
    return number(connection, "SELECT count(*) FROM fo.option_quote")


def number(connection: psycopg.Connection, statement: str) -> float:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return float(row[0])


def size_figures(
    rows: psycopg.Connection, compressed: psycopg.Connection
) -> list[Figure]:
    ours, peer = size(compressed), size(rows)
    text = ndjson(rows) / count_of(rows)
    plain = partition(rows) / count_of(rows)
    return [
        at_least(
            "bytes a quote, compressed", ours, peer, "rows, TimescaleDB", peer / ours, 4
        ),
        at_most(
            "bytes a quote, rows of plain PostgreSQL",
            plain,
            peer,
            "rows, TimescaleDB",
            plain / peer,
            1.1,
        ),
        # NDJSON has no derived figure: no forward, IV, Greeks, moneyness or growth.
        at_most(
            "bytes a quote, compressed and derived",
            ours,
            text,
            "NDJSON.gz as it came",
            ours / text,
            3,
        ),
    ]


def ndjson(connection: psycopg.Connection) -> int:
    """The size of the quotes as the feed brought them, as NDJSON.gz."""
    with connection.transaction(force_rollback=True):
        found = raw_quotes(connection, EVERYTHING)
    lines = "\n".join(quote_line(row, "NIFTY") for row in found)
    return len(gzip.compress(lines.encode()))


def partition(connection: psycopg.Connection) -> float:
    """The size of the same quotes in a table like a day partition of plain PostgreSQL."""
    connection.execute("DROP TABLE IF EXISTS public.plain")
    connection.execute("CREATE TABLE public.plain (LIKE fo.option_quote INCLUDING ALL)")
    connection.execute("INSERT INTO public.plain SELECT * FROM fo.option_quote")
    return number(connection, "SELECT pg_total_relation_size('public.plain')")


def price_figure(
    question: Question, rows: psycopg.Connection, compressed: psycopg.Connection
) -> Figure:
    def time(connection: psycopg.Connection) -> float:
        return median_ms(
            lambda: connection.execute(question.statement.encode()), question.times
        )

    ours, peer = time(compressed), time(rows)
    what = f"{question.what}, ms"
    return at_most(what, ours, peer, "rows", ours / peer, question.goal)


def late_figure(
    rows: psycopg.Connection,
    compressed: psycopg.Connection,
    settings: JobsSettings,
    late: QuoteBatch,
) -> Figure:
    """Late quotes into the compressed day, compressed again, against a day that was rows."""
    for connection in (rows, compressed):
        stored, rejects = store_of(connection, settings).add(late)
        assert (stored.late, rejects) == (LATE, []), (stored, rejects)
        compress(connection)
    ours, peer = (number(each, SIZE) for each in (compressed, rows))
    what = f"bytes after {LATE} late quotes, compressed again"
    return at_most(what, ours, peer, "compressed once", ours / peer, 1.1)


if __name__ == "__main__":
    sys.exit(main())
