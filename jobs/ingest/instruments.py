"""Symbols and contracts: taking in a list of instruments, and what is known of them."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import psycopg

from pgstrike.db.errors import PgstrikeError
from pgstrike.db.queries import query
from pgstrike.jobs.feed.instrument_list import InstrumentList
from pgstrike.jobs.feed_kinds import Kinds
from pgstrike.jobs.ingest.batch_tables import ensure_batch_tables


class Loaded(NamedTuple):
    """What became of a list (see ops.load_list)."""

    symbols: int
    new_symbols: int
    terms: int
    delisted: int
    relisted: int
    skipped: Mapping[str, int]


def load_list(
    connection: psycopg.Connection,
    found: InstrumentList,
    at: datetime,
    symbols: Collection[str] = (),
) -> Loaded:
    """Take in a list as of a time; of these symbols only, where some are named."""
    wanted = [each for each in found.contracts if not symbols or each.symbol in symbols]
    missing = sorted({*symbols} - {each.symbol for each in wanted})
    if missing:
        raise PgstrikeError(
            f"the {found.source} list has no options of {', '.join(missing)}"
        )
    with connection.transaction(), connection.cursor() as cursor:
        ensure_batch_tables(connection)
        cursor.execute(query("create_list"))
        with cursor.copy(query("copy_list")) as copy:
            for each in wanted:
                copy.write_row(each)
        row = cursor.execute(
            query("load_list"), [f"{found.source} list", at]
        ).fetchone()
    assert row is not None
    return Loaded(*row)


def add_symbol(
    connection: psycopg.Connection,
    symbol: str,
    exchange: str,
    exercise: str | None = None,
) -> None:
    """Make a symbol known, so that its quotes can be stored; exercise as of Kinds."""
    named = {"symbol": symbol, "exchange": exchange, "exercise": exercise}
    try:
        added = connection.execute(query("add_symbol"), named).fetchone()
    except psycopg.errors.CheckViolation as error:
        raise PgstrikeError(
            f"{symbol} cannot be a symbol; use capitals, digits and & . _ ^ -, 32 at most"
        ) from error
    if added is None:
        raise PgstrikeError(
            f"{symbol} is known already; see `pgstrike instrument list`"
        )


def set_kinds(connection: psycopg.Connection, symbol: str, kinds: Kinds) -> Kinds:
    """Say what a symbol's volume and OI are; what is None stays. Returns what they are now.

    Its stored sessions are then to be judged again (jobs/ingest/rederive.py).
    """
    named = {"symbol": symbol, **kinds._asdict()}
    row = connection.execute(query("set_kinds"), named).fetchone()
    if row is None:
        raise PgstrikeError(
            f"unknown symbol {symbol}; see `pgstrike instrument list` for those known"
        )
    return Kinds(*row)


def told(found: InstrumentList, loaded: Loaded) -> Iterator[str]:
    """What became of a list, in lines."""
    yield (
        f"{found.source} list: {loaded.symbols:,} symbols, {loaded.new_symbols:,} of them "
        f"new; {loaded.terms:,} new terms; {loaded.delisted:,} contracts delisted, "
        f"{loaded.relisted:,} listed again"
    )
    for reason, contracts in loaded.skipped.items():
        yield f"skipped {contracts:,} contracts: {reason}"
    if found.unread:
        yield f"skipped {found.unread:,} rows that could not be understood"


def instrument_lines(connection: psycopg.Connection) -> Iterator[str]:
    """One line for each symbol."""
    for symbol, exchange, clock, expiries, contracts, delisted in connection.execute(
        query("instruments")
    ):
        line = f"{symbol:<16} {exchange:<8}"
        if clock is None:
            yield f"{line} no quotes"
            continue
        gone = f", {delisted:,} delisted" if delisted else ""
        yield (
            f"{line} clock {clock:%Y-%m-%d %H:%M:%S %Z}, {expiries or 0} expiries, "
            f"{contracts:,} contracts{gone}"
        )
