"""Whatever a line of NDJSON says: it is stored, or rejected with a reason."""

import io
import json
import random
from typing import Any

import psycopg

from pgstrike.jobs.feed.ndjson import read_ndjson
from pgstrike.jobs.ingest.store import Store
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.feeds import QUOTE

LINES = 2_000
VALUES: list[Any] = [
    None, True, 0, -0.0, 1, -1, 0.05, 5e-324, 1e-308, 1e-12, 1e12, 1e308, 10**400,
    2**31, 10**14, 2**62, 2**63, -(2**63), "", "0", "NaN", "NIFTY", "nifty", "x" * 300, "\x00",
    "\ud83d\ude00", "2025-08-29", "2025-08-29T04:05:13Z", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", "infinity", [], {}, [1],
]  # fmt: skip


def test_any_line_is_stored_or_rejected(store: Store) -> None:
    random.seed(7)
    lines = b"".join(line() for _ in range(LINES))
    read = stored = rejected = 0
    for batch in read_ndjson(io.BytesIO(lines), chunk_rows=100, flush_seconds=None):
        read += len(batch.rows) + len(batch.rejects)
        counts, rejects = store.add(batch)
        stored += counts.stored + counts.corrected + counts.unchanged
        rejected += len(rejects)
    refresh_all(store.connection)
    ask_everything(store.connection)
    assert read == LINES
    assert stored + rejected == read
    assert stored > LINES / 20 < rejected


def ask_everything(connection: psycopg.Connection) -> None:
    """Each function of schema analytics that needs no more than a symbol."""
    metrics = connection.execute("""
        SELECT metric FROM ops.metric_parameter
        GROUP BY metric HAVING bool_and(is_optional OR parameter = 'symbol')
    """).fetchall()
    assert len(metrics) > 20
    for (metric,) in metrics:
        connection.execute(f"SELECT * FROM analytics.{metric}('NIFTY')".encode())


def line() -> bytes:
    """A quote of which some figures are something else."""
    quote: dict[str, Any] = json.loads(json.dumps(QUOTE))
    quote["strike"] = random.choice((24_600, 24_650, 24_700))
    quote["quote_time"] = f"2025-08-29T04:{random.randrange(60):02}:13Z"
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        legs = [
            leg
            for leg in (quote["call"], quote["put"])
            if leg and isinstance(leg, dict)
        ]
        of = random.choice([quote, *legs])
        of[random.choice(list(of))] = random.choice(VALUES)
    return json.dumps(quote).encode() + b"\n"
