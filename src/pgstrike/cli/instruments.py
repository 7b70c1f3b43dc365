"""`pgstrike instrument`: symbols, contracts and market clocks."""

import contextlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from pgstrike.cli.feed_options import kind_options
from pgstrike.cli.options import Day, Text
from pgstrike.cli.reach import built, jobs_settings, opened
from pgstrike.db.errors import SettingError
from pgstrike.jobs.feed.instrument_list import InstrumentList, read_list
from pgstrike.jobs.feed_kinds import NO_KINDS, Kinds
from pgstrike.jobs.progress import ProgressBar

if TYPE_CHECKING:
    import psycopg


class Time(click.ParamType[datetime]):
    """An instant in ISO 8601, with its zone."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        with contextlib.suppress(ValueError):
            found = datetime.fromisoformat(value)
            if found.tzinfo is not None:
                return found
        wanted = "give a time with a zone, 2026-01-27T15:30+05:30 say"
        return self.fail(f"{value}: {wanted}", param, ctx)


symbol_option = click.option(
    "--symbol",
    "symbols",
    type=Text(),
    multiple=True,
    help="Only this; may be repeated.",
)


@click.group()
def instrument() -> None:
    """Symbols and contracts: lists, moved expiries, market clocks."""


@instrument.command("list")
def list_instruments() -> None:
    """List the symbols, with their clocks and contracts."""
    from pgstrike.jobs.ingest import instruments

    with connected() as connection:
        for line in instruments.instrument_lines(connection):
            click.echo(line)


@instrument.command()
@click.argument("symbol", type=Text())
@click.argument("exchange", type=Text())
@click.option("--american", is_flag=True, help="Its options can be exercised early.")
def add(symbol: str, exchange: str, american: bool) -> None:
    """Make SYMBOL known, traded on EXCHANGE, whose hours it keeps.

    Example: pgstrike instrument add BTC DERIBIT
    """
    from pgstrike.jobs.ingest import instruments

    with connected() as connection:
        style = "american" if american else None
        instruments.add_symbol(connection, symbol, exchange, style)
    click.echo(f"{symbol} is known, on {exchange}")


@instrument.command("set")
@click.argument("symbol", type=Text())
@kind_options
def set_kinds(symbol: str, volume_kind: str | None, oi_kind: str | None) -> None:
    """Say what the volume and the open interest of SYMBOL are.

    pgstrike knows the change of a volume only where it is the session's total, and the change
    of open interest only where it is of now. Stored quotes are checked again.

    Example: pgstrike instrument set SPX --oi-kind yesterday
    """
    from pgstrike.db.connection import connect
    from pgstrike.jobs.ingest import instruments
    from pgstrike.jobs.ingest.rederive import judge_again
    from pgstrike.jobs.refresh.refresh import refresh_all

    said = Kinds(volume_kind, oi_kind)
    if said == NO_KINDS:
        raise SettingError("nothing to set; give --volume-kind or --oi-kind")
    settings = jobs_settings()
    with built(settings.database) as dsn, closing(ProgressBar()) as bar:
        with connect(dsn, "instrument") as connection:
            known = instruments.set_kinds(connection, symbol, said)
            judge_again(dsn, bar.show)
            refresh_all(connection, bar.show)
        bar.close()
        click.echo(f"{symbol}: volume is {known.volume}, open interest {known.oi}")


@instrument.command()
@click.argument("file", type=Text())
@symbol_option
@click.option("--at", type=Time(), help="When the list was made.  [default: now]")
def load(file: str, symbols: tuple[str, ...], at: datetime | None) -> None:
    """Take in a list of instruments: Kite's CSV or Upstox's JSON, plain or .gz.

    Adds symbols, lots and ticks. Contracts of its symbols that it no longer has are
    delisted.
    """
    take_in(read_list(file), at or datetime.now(UTC), symbols)


def take_in(found: InstrumentList, at: datetime, symbols: tuple[str, ...]) -> None:
    from pgstrike.jobs.ingest import instruments

    with connected() as connection:
        loaded = instruments.load_list(connection, found, at, symbols)
        for line in instruments.told(found, loaded):
            click.echo(line)
        refresh(connection)


@instrument.command()
@click.argument("broker", type=click.Choice(["kite", "upstox"]))
@symbol_option
def fetch(broker: str, symbols: tuple[str, ...]) -> None:
    """Fetch today's list of instruments from BROKER, and take it in as `load` does.

    Kite wants KITE_API_KEY and KITE_ACCESS_TOKEN in the environment; Upstox wants nothing.
    """
    from pgstrike.jobs.live.fetched import fetch_list

    take_in(fetch_list(broker), datetime.now(UTC), symbols)


@instrument.command()
@click.argument("symbol", type=Text())
@click.argument("old", type=Day())
@click.argument("new", type=Day())
def redate(symbol: str, old: date, new: date) -> None:
    """Move an expiry from day OLD to day NEW, as the exchange did, with its history.

    Example: pgstrike instrument redate NIFTY 2025-09-25 2025-09-30
    """
    from pgstrike.jobs.ingest.redate import redate as move_expiry  # loads NumPy
    from pgstrike.jobs.refresh.refresh import refresh_all

    with connected() as connection, closing(ProgressBar()) as bar:
        moved = move_expiry(connection, symbol, old, new, bar.show)
        refresh_all(connection, bar.show)
        bar.close()
        click.echo(f"{symbol}: {moved:,} quotes of {old} are of {new} now")


@instrument.command()
@click.argument("old", type=Text())
@click.argument("new", type=Text())
def alias(old: str, new: str) -> None:
    """Rename symbol OLD to NEW, as the exchange did, with its history.

    Quotes that still come as OLD are stored as NEW. Start running feeds again.
    """
    from pgstrike.jobs.ingest.rename import rename  # loads NumPy
    from pgstrike.jobs.refresh.refresh import refresh_all

    with connected() as connection, closing(ProgressBar()) as bar:
        moved = rename(connection, old, new, bar.show)
        refresh_all(connection, bar.show)
        bar.close()
        click.echo(f"{moved:,} quotes of {old} are of {new} now")


@instrument.command("reset-clock")
@click.argument("symbol", type=Text())
@click.argument("time", type=Time(), required=False)
def reset_clock(symbol: str, time: datetime | None) -> None:
    """Set the market clock of SYMBOL back.

    To its newest snapshot at or before TIME, or to the newest that has another one within 7
    days. Newer quotes wait in fo.waiting_quote until the clock reaches them.
    """
    from pgstrike.jobs.ingest import waiting as waiting_quotes  # loads NumPy

    with connected() as connection:
        clock, waiting = waiting_quotes.reset_clock(connection, symbol, time)
        refresh(connection)
        click.echo(f"the clock of {symbol} is {clock}; {waiting:,} newer quotes wait")


def refresh(connection: "psycopg.Connection") -> None:
    from pgstrike.jobs.refresh.refresh import refresh_all

    with closing(ProgressBar()) as bar:
        refresh_all(connection, bar.show)


@contextlib.contextmanager
def connected() -> Iterator["psycopg.Connection"]:
    with opened(jobs_settings().database, "instrument") as connection:
        yield connection
