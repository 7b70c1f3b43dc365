"""Options of `pgstrike ingest` for feeds that lack a symbol, an expiry or a time."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from pgstrike.cli.options import Text
from pgstrike.jobs.feed.grid import LEAST, MOST
from pgstrike.jobs.feed.times import SECOND
from pgstrike.jobs.feed_kinds import OI_KINDS, VOLUME_KINDS, Kinds

if TYPE_CHECKING:
    from pgstrike.jobs.feed.facts import Facts

UNITS = {"ms": SECOND // 1000, "s": SECOND}


class Grid(click.ParamType[int]):
    """A width of time, in microseconds."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        if isinstance(value, int):  # the default
            return value
        found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]+)?)(ms|s)", str(value))
        grid = round(float(found[1]) * UNITS[found[2]]) if found else 0
        if not LEAST <= grid <= MOST:
            self.fail(f"{value}: give a time from 200ms to 5s, such as 2s", param, ctx)
        return grid


def feed_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options, on a command."""
    for option in (
        click.option(
            "--merge",
            type=Grid(),
            default=0,
            metavar="TIME",
            help="Join rows of single strikes or legs into one snapshot per TIME, such as 2s.",
        ),
        click.option(
            "--map",
            "map_file",
            type=Text(),
            metavar="FILE",
            help="A TOML file that names the columns of a CSV or Parquet: docs/formats.md.",
        ),
        click.option(
            "--symbol", type=Text(), help="The symbol, where the file does not name it."
        ),
        click.option(
            "--expiry",
            type=Text(),
            metavar="DATE",
            help="The expiry, where the file does not name it.",
        ),
        click.option(
            "--read-at",
            type=Text(),
            metavar="TIME",
            help="When the quotes were read, with zone, where the file does not say.",
        ),
    ):
        command = option(command)
    return kind_options(command)


def kind_options(command: Callable[..., None]) -> Callable[..., None]:
    """What volume and open interest are, on a command."""
    for option in (
        click.option(
            "--volume-kind",
            type=click.Choice(VOLUME_KINDS),
            help="Whether volume is the session's so far, or another total (of 24 hours).",
        ),
        click.option(
            "--oi-kind",
            type=click.Choice(OI_KINDS),
            help="Whether open interest is that of now, or of yesterday.",
        ),
    ):
        command = option(command)
    return command


def facts_of(
    symbol: str | None,
    expiry: str | None,
    read_at: str | None,
    map_file: str | None,
    volume_kind: str | None,
    oi_kind: str | None,
) -> "Facts":
    """What these options say."""
    from pgstrike.jobs.feed.column_map import read_map  # loads NumPy
    from pgstrike.jobs.feed.facts import Facts, day_option, time_option

    return Facts(
        symbol,
        None if expiry is None else day_option(expiry),
        None if read_at is None else time_option(read_at),
        None if map_file is None else read_map(map_file),
        Kinds(volume_kind, oi_kind),
    )
