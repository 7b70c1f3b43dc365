"""A recorded session as the dashboard shows it, stored bit by bit."""

import gzip
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import compress, islice
from typing import Any

import psycopg
from psycopg.rows import dict_row

from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.feed.times import days
from pgstrike.jobs.ingest.replay_pacing import snapshots
from pgstrike.jobs.quote import QuoteBatch
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.conftest import DATA
from tests.support.live_market import open_store

EXPIRY = "2025-09-02"
LAST_EXPIRY = date(2025, 9, 9)
SNAPSHOTS = 14  # seven of a holiday, and seven of the session
DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SHOWS = """want => [...document.querySelectorAll("tr.row")].every(row =>
    want[row.dataset.strike] === row.querySelector(".call.c-ltp").textContent.trim())"""


def add_session(connection: psycopg.Connection) -> None:
    """The first snapshots of a recorded session."""
    add_snapshots(connection, 0, SNAPSHOTS)


def add_snapshots(connection: psycopg.Connection, first: int, end: int) -> None:
    """Some more of them."""
    store = open_store(connection)
    for batch in recorded(first, end):
        store.add(batch)
    refresh_all(connection)


def prices(connection: psycopg.Connection) -> dict[str, str]:
    """The newest prices of calls by strike, as SHOWS wants them."""
    said = says(connection, None)
    return {f"{strike:g}": cells["call_ltp"] for strike, cells in said.items()}


def recorded(first: int, end: int) -> Iterator[QuoteBatch]:
    """Some snapshots, each of two expiries."""
    with gzip.open(DATA / "nse-nifty-2025-08-29.csv.gz") as file:
        for batch in islice(snapshots(read_nse_csv(file, 75)), first, end):
            kept = batch.rows["expiry"] <= days(LAST_EXPIRY)
            raw = list(compress(batch.raw, kept))
            yield batch._replace(rows=batch.rows[kept], raw=raw)


def texts(row: dict[str, Any], change: dict[str, Any]) -> dict[str, str]:
    """The cells of a strike, as the ladder writes what SQL says."""
    found = {}
    for leg in ("call", "put"):
        found[f"{leg}_ltp"] = decimals(row[f"{leg}_ltp"], 2)
        found[f"{leg}_iv"] = decimals(row[f"{leg}_iv"], 1, times=100)
        found[f"{leg}_oi"] = units(row[f"{leg}_oi"])
        found[f"{leg}_volume"] = units(row[f"{leg}_volume"])
        found[f"{leg}_oi_change"] = units(change[f"{leg}_oi_change"])
        moved = change[f"{leg}_price_change"]
        text = decimals(moved, 2).replace("-", MINUS)
        found[f"{leg}_price_change"] = f"+{text}" if (moved or 0) > 0 else text
        words = (change[f"{leg}_buildup"] or "").split("_")
        found[f"{leg}_buildup"] = "".join(word[:1].upper() for word in words) or DASH
    return found


def decimals(value: float | None, digits: int, times: int = 1) -> str:
    """As a browser rounds: what the number is exactly, and a half upwards."""
    if value is None:
        return DASH
    step = Decimal(1).scaleb(-digits)
    return str(Decimal(value * times).quantize(step, ROUND_HALF_UP))


def units(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,} units".replace("-", MINUS)


def says(
    connection: psycopg.Connection, at: str | None, base: str = "p_over => '5 minutes'"
) -> dict[float, dict[str, str]]:
    """What SQL says of the expiry at an instant; `base` is what changes are counted from."""
    asked = f"'NIFTY', %s, %s, {base}"
    with connection.cursor(row_factory=dict_row) as cursor:
        chain, changes = (
            {row["strike"]: row for row in cursor.execute(sql, [EXPIRY, at])}
            for sql in (
                "SELECT * FROM analytics.chain('NIFTY', %s, %s)",
                f"SELECT * FROM analytics.oi_change({asked})",
            )
        )
    return {strike: texts(row, changes[strike]) for strike, row in chain.items()}
