"""`pgstrike ingest | simulate`: storing quotes."""

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from pgstrike.cli.feed_options import facts_of, feed_options
from pgstrike.cli.options import Speed, Text, Whole, lots_option
from pgstrike.cli.reach import built, jobs_settings
from pgstrike.db.copies import refuse_copy
from pgstrike.db.errors import SettingError
from pgstrike.jobs.feed.times import days
from pgstrike.jobs.settings import FED_IV

if TYPE_CHECKING:
    from pgstrike.jobs.feed.lot_book import LotOptions

UNITS = re.compile("[1-9][0-9]{0,8}")  # of a lot


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@lots_option
@click.option(
    "--fed-iv",
    type=click.Choice(FED_IV),
    help="Use the IV that the feed brings, or solve it from prices.  [default: use]",
)
@click.option("--live", is_flag=True, help="Reject quotes ahead of the wall clock.")
@click.option(
    "--speed",
    type=Speed(),
    default=0,
    help="Seconds of recorded time per second; 0: as fast as possible.",
)
@click.option(
    "--whole-chains",
    is_flag=True,
    help="Each snapshot has every contract of its symbol; delist one that its last 3 lack.",
)
@click.option(
    "--accept-ahead",
    is_flag=True,
    help="Store quotes more than 7 days ahead of all others at once; else they wait.",
)
@feed_options
def ingest(
    files: tuple[str, ...],
    lots: tuple[str, ...],
    fed_iv: str | None,
    live: bool,
    speed: float,
    whole_chains: bool,
    accept_ahead: bool,
    merge: int,
    **said: str | None,
) -> None:
    """Store the quotes of each FILE, plain or .gz, or folder of files.

    The format is recognised: NDJSON, NSE's CSV and JSON, Upstox, Dhan, Deribit, Kite, Parquet;
    any other CSV or Parquet is read with --map. `-` reads NDJSON from standard input. A quote
    that is stored already changes nothing.

    \b
    Examples:
      pgstrike ingest nifty.csv.gz --lot 75
      pgstrike ingest snapshots/ --map columns.toml
      my-feed | pgstrike ingest -
    """
    from pgstrike.jobs.ingest.ingest import ingest_files

    settings, facts = jobs_settings(), facts_of(**said)
    settings = settings._replace(fed_iv=fed_iv or settings.fed_iv)
    with built(settings.database, refuse_copy) as dsn:
        ingest_files(
            dsn,
            settings,
            [*files],
            lots_of(lots),
            speed=speed,
            is_live=live,
            whole_chains=whole_chains,
            accept_ahead=accept_ahead,
            facts=facts,
            merge=merge,
        )


@click.command()
@click.option(
    "--symbol",
    "symbols",
    type=Text(),
    multiple=True,
    default=["NIFTY"],
    show_default=True,
    help="May be repeated.",
)
@click.option(
    "--speed",
    type=Speed(),
    default=60,
    show_default=True,
    help="Market seconds per second; 0: as fast as possible, without end.",
)
@click.option(
    "--seed", type=Whole(0, 2**63 - 1), default=0, help="Seed of the random numbers."
)
@click.option(
    "--history",
    is_flag=True,
    help="Begin with a session and an hour of the next, stored at once.",
)
def simulate(symbols: tuple[str, ...], speed: float, seed: int, history: bool) -> None:
    """Store quotes of a simulated market until stopped.

    They are marked as simulated, and never mix with real quotes of the same symbol.
    """
    from pgstrike.jobs.ingest.ingest import ingest_simulated

    settings = jobs_settings()
    with built(settings.database, refuse_copy) as dsn:
        ingest_simulated(
            dsn, settings, [*symbols], speed=speed, seed=seed, has_history=history
        )


def lots_of(options: Sequence[str]) -> "LotOptions":
    """`75`, or `NIFTY=75`, or `NIFTY:2026-01-27=65`; no option is no lot at all."""
    from pgstrike.jobs.feed.lot_book import LotOptions  # loads NumPy

    by_symbol: dict[str, int] = {}
    by_expiry: dict[tuple[str, int], int] = {}
    for option in options:
        name, _, number = option.rpartition("=")
        if not UNITS.fullmatch(number):
            raise SettingError(
                f"--lot {option}: give a number of units, SYMBOL=N or SYMBOL:EXPIRY=N"
            )
        if not name and len(options) > 1:
            raise SettingError(f"--lot {option}: with several, name each: SYMBOL=N")
        if not name:
            return LotOptions(of_first=int(number))
        symbol, colon, day = name.partition(":")
        if colon:
            by_expiry[symbol, expiry_of(option, day)] = int(number)
        else:
            by_symbol[symbol] = int(number)
    return LotOptions(None, by_symbol, by_expiry)


def expiry_of(option: str, day: str) -> int:
    """The day in `--lot SYMBOL:EXPIRY=N`."""
    try:
        return days(date.fromisoformat(day))
    except ValueError:
        raise SettingError(
            f"--lot {option}: {day!r} is no expiry; write it as 2026-01-27"
        ) from None
