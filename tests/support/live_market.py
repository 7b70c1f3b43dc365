"""A small market: a few strikes of two expiries, quoted when a test says so."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import numpy as np
import psycopg

from pgstrike.jobs.ingest.store import Store, Stored
from pgstrike.jobs.quote import QuoteBatch, unknown_quotes
from pgstrike.jobs.refresh.refresh import refresh_all

OPEN = datetime(2025, 8, 29, 3, 45, tzinfo=UTC)
EXPIRIES = (date(2025, 9, 2), date(2025, 9, 9))
FRONT, NEXT = (("NIFTY", expiry.isoformat()) for expiry in EXPIRIES)
DEATH = 4 * 24 * 60 + 6 * 60 + 15  # of the first expiry, in minutes since OPEN
STRIKES = (24400.0, 24450.0, 24500.0, 24550.0, 24600.0)
UNDERLYING = 24510.0
ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)


def open_store(connection: psycopg.Connection) -> Store:
    return Store(connection, source="test", rate=0.065, horizon=timedelta(days=30))


def quote(
    store: Store,
    minutes: float,
    *,
    symbol: str = "NIFTY",
    expiries: tuple[date, ...] = EXPIRIES,
    strikes: tuple[float, ...] = STRIKES,
    underlying: float = UNDERLYING,
    seed: int = 0,
) -> Stored:
    """Store one snapshot, so many minutes into the session; figures vary by the seed."""
    contracts = list(product(expiries, strikes))
    rows = unknown_quotes(len(contracts))
    spread = np.random.default_rng(seed)
    rows["quote_time"] = microseconds(OPEN + timedelta(minutes=minutes))
    rows["expiry"] = [(expiry - ORIGIN.date()).days for expiry, _ in contracts]
    rows["strike"] = [strike for _, strike in contracts]
    rows["underlying"] = underlying
    for leg in ("call", "put"):
        rows[f"{leg}_ltp"] = spread.integers(1, 1000, len(rows)) / 4
        rows[f"{leg}_iv"] = spread.random(len(rows)) / 3
        rows[f"{leg}_oi"] = spread.integers(0, 10**6, len(rows)) * 75
        rows[f"{leg}_volume"] = int(minutes * 1000) + spread.integers(0, 9, len(rows))
    stored, rejects = store.add(QuoteBatch(rows, (symbol,), [""] * len(rows), []))
    assert not rejects
    return stored


def one_snapshot(connection: psycopg.Connection) -> None:
    """A snapshot of two expiries."""
    quote(open_store(connection), 0)
    refresh_all(connection)


def microseconds(time: datetime) -> int:
    return (time - ORIGIN) // timedelta(microseconds=1)


def refresh(connection: psycopg.Connection) -> None:
    """Bring rollups and snapshot up to date."""
    refresh_all(connection)


def append(connection: psycopg.Connection, *numbers: int, **fields: str | None) -> int:
    """Append one event per number, in one commit; topic, symbol and expiry by name."""
    topic = fields.get("topic") or "ops"
    body = [f'{{"topic":"{topic}","n":{number}}}' for number in numbers]
    named = {"symbol": fields.get("symbol"), "expiry": fields.get("expiry")}
    for name, value in named.items():
        if value is not None:
            body = [f'{line[:-1]},"{name}":"{value}"}}' for line in body]
    row = connection.execute(
        "SELECT ops.append_events(%s::text[], %s::text[], %s::date[], %s::text[])",
        [[topic] * len(body), *([value] * len(body) for value in named.values()), body],
    ).fetchone()
    assert row is not None
    return int(row[0])


def epoch(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT ops.epoch()").fetchone()
    assert row is not None
    return str(row[0])


def two_expiries(connection: psycopg.Connection) -> None:
    """Quotes of a quarter of an hour; then the first expiry has expired."""
    store = open_store(connection)
    for minute in (0, 5, 10, 15):
        quote(store, minute, seed=minute)
    quote(store, DEATH - 24 * 60, expiries=EXPIRIES)
    quote(store, DEATH, expiries=EXPIRIES[1:], seed=3)
    refresh(connection)
