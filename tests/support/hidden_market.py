"""A market of two symbols: a reader may see one; the other's figures are hidden."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from pgstrike.jobs.predict.predicting import predict
from pgstrike.jobs.predict.serving import Models
from pgstrike.jobs.refresh.refresh import refresh_all
from tests.support.predictions import add_model, add_row, linear
from tests.support.quote_market import (
    LATER,
    THURSDAY,
    Leg,
    Quote,
    add,
    batch_of,
    ist,
    open_store,
    select,
)

OWN, HIDDEN, NOWHERE = "NIFTY", "BANKNIFTY", "NOSUCH"
STRIKES = range(24_500, 24_750, 50)
FIGURE = re.compile(r"\d[\d.]{6,}\d")


def build(dsn: str, scale: float) -> None:
    """The hidden symbol's figures go by a scale, of which nothing else depends."""
    store = open_store(dsn)
    with store.connection:
        for symbol, size in ((OWN, 1.0), (HIDDEN, scale)):
            rejected = quote(symbol, 0, 24_500, size * 1.0625)._replace(expiry=THURSDAY)
            _, rejects = store.add(batch_of([rejected]))
            assert len(rejects) == 1
        for minute in range(4):
            for symbol, size in ((OWN, 1.0), (HIDDEN, scale)):
                quotes = [quote(symbol, minute, strike, size) for strike in STRIKES]
                add(store, *quotes, *(each._replace(expiry=LATER) for each in quotes))
        for symbol, size in ((OWN, 1.0), (HIDDEN, scale)):
            add_prediction(store.connection, symbol, size)
        refresh_all(store.connection)
        store.connection.execute("ANALYZE")


def add_prediction(connection: psycopg.Connection, symbol: str, scale: float) -> None:
    add_model(
        connection,
        f"of-{symbol.lower()}",
        symbol=symbol,
        body=linear(0.1234567 * scale),
        validation={"base_rate": 0.3456789 * scale},
    )
    figures = {"pcr_oi": 1.2345678 * scale, "atm_iv": 0.1234567 * scale}
    predict(
        connection, [add_row(connection, ist("10:00:00"), figures, symbol)], Models()
    )


def quote(symbol: str, minute: int, strike: int, scale: float) -> Quote:
    """The last minute is a drop-out of the call."""
    call = leg(scale * (1 + minute / 64)) if minute < 3 else {"volume": 0, "oi": 0}
    return Quote(
        f"10:{minute:02}:00", strike, call, leg(scale * 1.25), symbol=symbol,
        underlying=24_600.37 + scale,
    )  # fmt: skip


def leg(scale: float) -> Leg:
    return {
        "ltp": 123.4567 * scale,
        "bid": 122.3456 * scale,
        "ask": 124.5678 * scale,
        "bid_qty": int(1_234_567 * scale),
        "ask_qty": int(2_345_678 * scale),
        "volume": int(34_567_890 * scale),
        "oi": int(45_678_901 * scale),
        "iv": 0.12345678 * scale,
    }


@contextmanager
def login(dsns: list[str], name: str, rights: dict[str, object]) -> Iterator[str]:
    """A role that may log in to some databases of a server, with the same rights in each."""
    names = ", ".join(["name", *rights])
    marks = ", ".join(["%s"] * (len(rights) + 1))
    for dsn in dsns:
        with psycopg.connect(dsn) as owner:
            owner.execute(
                f"INSERT INTO job.api_key ({names}) VALUES ({marks})".encode(),
                [name, *rights.values()],
            )
    role = sql.Identifier(name)
    with psycopg.connect(dsns[0], autocommit=True) as owner:
        owner.execute(
            sql.SQL("CREATE ROLE {} LOGIN IN ROLE pgstrike_reader").format(role)
        )
        try:
            yield name
        finally:
            owner.execute(sql.SQL("DROP ROLE {}").format(role))


def relations(owner: psycopg.Connection) -> dict[str, list[str]]:
    """The relations of fo, with their columns in order."""
    found: dict[str, list[str]] = {}
    for row in select(
        owner,
        "SELECT relname, attname FROM pg_class INNER JOIN pg_attribute ON attrelid ="
        " pg_class.oid WHERE relnamespace = 'fo'::regnamespace AND NOT relispartition AND"
        " relkind IN ('r', 'p', 'v', 'm') AND attnum > 0 ORDER BY relname, attnum",
    ):
        found.setdefault(row["relname"], []).append(row["attname"])
    return found


def secrets(owner: psycopg.Connection, symbol: str = HIDDEN) -> set[str]:
    """Every long figure that stands in rows of a symbol and in no other row."""
    its, others = set(), set()
    for relation, columns in relations(owner).items():
        about = "symbol" if "symbol" in columns else "NULL"
        rows = owner.execute(
            f"SELECT {about}, row::text FROM fo.{relation} AS row".encode()
        )
        for found, text in rows:
            if relation == "quote_reject":  # the symbol stands in the text, at least
                found = next(word for word in (OWN, HIDDEN) if f"'{word}'" in text)
            (its if found == symbol else others).update(FIGURE.findall(text))
    assert len(its - others) > 100
    return its - others
