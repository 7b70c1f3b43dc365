"""Small markets: quotes by hand, stored and refreshed as the product does it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import psycopg
import pytest
from psycopg.rows import dict_row

from pgstrike.db.queries import query
from pgstrike.jobs.feed.times import IST, days, microseconds
from pgstrike.jobs.ingest.store import Store, Stored
from pgstrike.jobs.quote import QuoteBatch, unknown_quotes
from pgstrike.jobs.refresh.refresh import refresh_all

THURSDAY = date(2025, 8, 28)
FRIDAY = date(2025, 8, 29)
SUNDAY = date(2025, 8, 31)
MONDAY = date(2025, 9, 1)
EXPIRY = date(2025, 9, 2)
LATER = date(2025, 9, 30)

Leg = Mapping[str, float | None]
UNKNOWN: Leg = {}
Row = dict[str, Any]


class Quote(NamedTuple):
    """One strike of one expiry at one instant; a figure left out is unknown."""

    time: str  # of the exchange, HH:MM:SS
    strike: float
    call: Leg = UNKNOWN
    put: Leg = UNKNOWN
    underlying: float | None = None
    day: date = FRIDAY
    expiry: date = EXPIRY
    symbol: str = "NIFTY"
    stamp: datetime | None = None  # of the exchange
    forward: float | None = None


def ist(time: str, day: date = FRIDAY) -> datetime:
    """An instant, by the exchange's clock."""
    return datetime.combine(day, datetime.strptime(time, "%H:%M:%S").time(), IST)


def batch_of(quotes: Iterable[Quote]) -> QuoteBatch:
    """The quotes as a feed yields them."""
    quotes = list(quotes)
    symbols = sorted({quote.symbol for quote in quotes})
    rows = unknown_quotes(len(quotes))
    for row, quote in zip(rows, quotes, strict=True):
        row["quote_time"] = microseconds(ist(quote.time, quote.day))
        row["symbol"] = symbols.index(quote.symbol)
        row["expiry"], row["strike"] = days(quote.expiry), quote.strike
        if quote.stamp is not None:
            row["exchange_time"] = microseconds(quote.stamp)
        if quote.underlying is not None:
            row["underlying"] = quote.underlying
        if quote.forward is not None:
            row["forward"] = quote.forward
        for leg, figures in (("call", quote.call), ("put", quote.put)):
            for name, figure in figures.items():
                if figure is not None:
                    row[f"{leg}_{name}"] = figure
    return QuoteBatch(rows, tuple(symbols), [str(quote) for quote in quotes], [])


def open_store(dsn: str) -> Store:
    """What stores batches, on a connection of its own.

    Its markets may leap: a quote of next month is stored like any other.
    """
    return Store(
        psycopg.connect(dsn, autocommit=True),
        source="test",
        rate=0.065,
        horizon=timedelta(days=60),
        accept_ahead=True,
    )


def add(store: Store, *quotes: Quote) -> Stored:
    """Store quotes in one batch; none of them may be rejected."""
    stored, rejects = store.add(batch_of(quotes))
    assert rejects == []
    return stored


def ladder(time: str, underlying: float, **fields: Any) -> list[Quote]:
    """A chain of five strikes, 50 apart, around 24,600, both legs known."""
    return [
        Quote(
            time,
            strike,
            call={"ltp": 100.0, "volume": 750, "oi": 7500, "iv": 0.11},
            put={"ltp": 90.0, "volume": 1500, "oi": 3000, "iv": 0.12},
            underlying=underlying,
            **fields,
        )
        for strike in (24_500, 24_550, 24_600, 24_650, 24_700)
    ]


def shown(store: Store, *quotes: Quote) -> psycopg.Connection:
    """The connection, after storing quotes in one batch and refreshing all that follows."""
    add(store, *quotes)
    refresh_all(store.connection)
    return store.connection


def ask(connection: psycopg.Connection, function: str, **arguments: Any) -> list[Row]:
    """The rows of a function of schema analytics; symbol=... is its p_symbol."""
    named = ", ".join(f"p_{name} => %s" for name in {"symbol": "NIFTY", **arguments})
    return select(
        connection,
        f"SELECT * FROM analytics.{function}({named})",
        *{"symbol": "NIFTY", **arguments}.values(),
    )


def refuses(
    connection: psycopg.Connection,
    function: str,
    code: str,
    hint: str,
    **arguments: Any,
) -> None:
    """The function refuses the arguments, with a stable code and a hint of the right ones."""
    with pytest.raises(psycopg.errors.InvalidParameterValue) as refused:
        ask(connection, function, **arguments)
    assert refused.value.diag.constraint_name == code
    assert hint in str(refused.value.diag.message_hint)


def column(rows: Iterable[Row], name: str) -> npt.NDArray[np.float64]:
    """One column of rows; NaN is NULL."""
    return np.array(
        [np.nan if row[name] is None else row[name] for row in rows], dtype=float
    )


def known(figure: float) -> float | None:
    """A figure of an oracle as a row holds it: NaN is NULL."""
    return None if np.isnan(figure) else float(figure)


def select(connection: psycopg.Connection, statement: str, *values: Any) -> list[Row]:
    """Rows by the names of their columns."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement.encode(), values).fetchall()


def answers(connection: psycopg.Connection, metric: str, *arguments: Any) -> list[Row]:
    """What a function of schema analytics answers."""
    marks = ", ".join(["%s"] * len(arguments))
    return select(connection, f"SELECT * FROM analytics.{metric}({marks})", *arguments)


def value(connection: psycopg.Connection, statement: str, *values: Any) -> Any:
    """The one value that a statement returns."""
    [row] = connection.execute(statement.encode(), values).fetchall()
    return row[0]


def stored_quotes(connection: psycopg.Connection) -> list[Row]:
    return select(
        connection, "SELECT * FROM fo.option_quote ORDER BY quote_time, strike"
    )


def listen(connection: psycopg.Connection) -> None:
    """Hear of events; only the database's owner knows where."""
    channel = value(connection, query("channel").decode())
    connection.execute(f"LISTEN {channel}".encode())


def events(connection: psycopg.Connection, *topics: str, after: int = 0) -> list[Row]:
    """The payloads of events, in the order of the log."""
    found = connection.execute(
        "SELECT payload FROM fo.event WHERE id > %s AND topic = ANY(%s) ORDER BY id",
        [after, list(topics)],
    )
    return [row[0] for row in found]
