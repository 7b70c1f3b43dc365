"""`pgstrike feed`: live feeds."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pgstrike.cli.alert import ask
from pgstrike.cli.options import OneOf, Speed, Text, Whole
from pgstrike.cli.reach import built, jobs_settings
from pgstrike.cli.task import asked, connected, schema_of, tell
from pgstrike.db.copies import refuse_copy
from pgstrike.db.errors import PgstrikeError, SettingError
from pgstrike.db.queries import query
from pgstrike.jobs.live.plugins import kinds

if TYPE_CHECKING:
    import psycopg

NAME = click.argument("name", type=Text())
NAMES = click.argument("names", nargs=-1, required=True, type=Text(), metavar="NAME...")


@click.group()
def feed() -> None:
    """Add live feeds, test them, and see how they stand; `pgstrike run` drives them.

    Secrets are read from the environment, or from the file that NAME_FILE names.
    """


@feed.command()
@NAME
@click.argument("kind", type=OneOf(kinds))
@click.option("--symbol", "symbols", multiple=True, required=True, type=Text())
@click.option("--option", "options", multiple=True, type=Text(), metavar="NAME=VALUE")
@click.option(
    "--position",
    type=Whole(1, 1000),
    default=1,
    help="Its place among the sources of a symbol.",
)
@click.option("--exchange", type=Text(), help="Of the symbols that are not known yet.")
@click.option("--off", is_flag=True, help="Add it, but do not start it yet.")
def add(
    name: str,
    kind: str,
    symbols: Sequence[str],
    options: Sequence[str],
    position: int,
    exchange: str | None,
    off: bool,
) -> None:
    """Add the feed NAME of a KIND. A feed of that name is replaced.

    Symbols and options that its kind cannot use are refused. The source is not asked.

    Example: pgstrike feed add deribit deribit --symbol BTC --exchange DERIBIT
    """
    from pgstrike.jobs.ingest.instruments import add_symbol
    from pgstrike.jobs.live.plugin import Asked
    from pgstrike.jobs.live.trying import check_asked

    said = said_of(options)
    values = {
        "name": name,
        "kind": kind,
        "symbols": list(symbols),
        "options": json.dumps(said),
        "position": position,
        "is_on": not off,
    }
    with connected() as connection, connection.transaction():
        if exchange:
            known = {row[0] for row in ask(connection, "instruments", {})}
            for symbol in sorted({*symbols} - known):
                add_symbol(connection, symbol, exchange)
        ask(connection, "set_feed", values)
        # The secrets are those of the process that will drive it.
        check_asked(kind, Asked(name, symbols, said, lambda _: ""))


def said_of(options: Sequence[str]) -> dict[str, str]:
    """The options by name."""
    said: dict[str, str] = {}
    for name, value in map(option, options):
        if name in said:
            raise SettingError(f"--option {name}: give it once")
        said[name] = value
    return said


def option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise SettingError(f"--option {text}: write it as NAME=VALUE")
    return name, value


@feed.command("list")
def list_feeds() -> None:
    """List the feeds, and how each stands."""
    with connected() as connection:
        for row in feeds(connection):
            click.echo(line_of(row))


@feed.command()
@NAMES
def stop(names: Sequence[str]) -> None:
    """Turn feeds off. The process that runs them ends them."""
    switch(names, is_on=False)


@feed.command()
@NAMES
def start(names: Sequence[str]) -> None:
    """Turn feeds on. One that is on already, or was refused, connects again."""
    switch(names, is_on=True)


def switch(names: Sequence[str], *, is_on: bool) -> None:
    with connected() as connection, connection.transaction():
        for name in names:
            ask(connection, "switch_feed", {"name": name, "is_on": is_on})


@feed.command()
@NAME
def remove(name: str) -> None:
    """Remove a feed; its quotes stay."""
    with connected() as connection:
        ask(connection, "remove_feed", {"name": name})


@feed.command()
@NAME
@click.option("--seconds", type=Whole(1, 3600), default=30, help="To wait at most.")
def test(name: str, seconds: int) -> None:
    """Connect, and say in one line what was seen. Nothing is stored."""
    import asyncio

    from pgstrike.jobs.live.outside import real_outside
    from pgstrike.jobs.live.trying import try_feed

    with connected() as connection:
        row = one(connection, name)
    click.echo(asyncio.run(try_feed(row, real_outside(), seconds)))


@feed.command()
@NAMES
@click.option(
    "--grid",
    type=Whole(50, 60_000),
    default=200,
    help="Milliseconds that one snapshot covers.",
)
@click.option(
    "--record",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder in which to keep what the sources send.",
)
@click.option(
    "--replay",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder of --record: play it to its end instead. The feeds must be off.",
)
@click.option(
    "--speed",
    type=Speed(),
    default=0,
    help="Of a replay: recorded seconds per second.  [default: as fast as possible]",
)
def run(
    names: Sequence[str],
    grid: int,
    record: Path | None,
    replay: Path | None,
    speed: float,
) -> None:
    """Run some feeds until stopped, without the other work of `pgstrike run`."""
    from pgstrike.jobs.live.outside import real_outside
    from pgstrike.jobs.live.pace import Pace
    from pgstrike.jobs.live.replaying import replay_feeds
    from pgstrike.jobs.live.runner import drive

    if record and replay:
        raise SettingError("--record and --replay: give one of them")
    settings = jobs_settings()
    with built(settings.database, refuse_copy) as dsn:
        if replay is not None:
            with connected() as connection:
                rows = [one(connection, name) for name in names]
            replay_feeds(dsn, settings, rows, replay, speed, grid / 1000)
            return
        with connected() as connection:
            for name in names:
                if not one(connection, name)["is_on"]:
                    raise PgstrikeError(
                        f"the feed {name} is off; `pgstrike feed start {name}` turns it on"
                    )
        drive(dsn, settings, real_outside(record), Pace(grid=grid / 1000), names)


@feed.command()
@NAME
@click.option("--from", "start", required=True, type=Text(), metavar="TIME")
@click.option("--to", "end", required=True, type=Text(), metavar="TIME")
@click.option(
    "--expiries", type=Whole(1, 100), help="Of each symbol, the nearest first."
)
@click.option("--strikes", type=Text(), help="all, or so many each side: atm:30.")
@click.option("--wait", is_flag=True, help="Show the progress, and the result.")
def backfill(
    name: str,
    start: str,
    end: str,
    expiries: int | None,
    strikes: str | None,
    wait: bool,
) -> None:
    """Ask for the past of the feed's symbols, a task for each, and print their ids.

    `pgstrike run` does them, with the secrets that it has. What is not given here is as in the
    options of the feed.

    Example: pgstrike feed backfill kite --from 2026-11-02T00:00+05:30
    --to 2026-11-28T00:00+05:30 --wait
    """
    given = {"expiries": expiries, "strikes": strikes}
    with connected() as connection:
        row, schema = one(connection, name), schema_of(connection, "backfill")
        named = {
            "feed": with_history(row, schema),
            "from": start,
            "to": end,
            **chosen(row["options"]),
            **{option: value for option, value in given.items() if value is not None},
        }
        with connection.transaction():
            ids = [
                asked(connection, schema, "backfill", {**named, "symbol": symbol})
                for symbol in row["symbols"]
            ]
        tell(connection, ids, wait)


def with_history(row: dict[str, Any], schema: dict[str, Any]) -> str:
    """The kind of a feed; a PgstrikeError where no past can be fetched from it."""
    kind: str = row["kind"]
    known = schema["properties"]["feed"]["enum"]
    if kind not in known:
        raise PgstrikeError(
            f"the feed {row['name']} is of kind {kind}, which has no past to fetch; "
            f"these have: {', '.join(known)}"
        )
    return kind


def chosen(options: dict[str, str]) -> dict[str, Any]:
    """Which contracts the options of a feed choose, as the arguments of a task."""
    found: dict[str, Any] = {
        name: options[name]
        for name in ("expiries", "strikes", "lot")
        if name in options
    }
    number = found.get("expiries", "")
    if number.isascii() and number.isdecimal():
        found["expiries"] = int(found["expiries"])
    return found


def one(connection: "psycopg.Connection", name: str) -> dict[str, Any]:
    for row in feeds(connection):
        if row["name"] == name:
            return row
    raise PgstrikeError(f"there is no feed {name}; see `pgstrike feed list`")


def feeds(connection: "psycopg.Connection") -> list[dict[str, Any]]:
    from psycopg.rows import dict_row

    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query("feeds")).fetchall()


def line_of(row: dict[str, Any]) -> str:
    state = row["state"] if row["is_on"] else "off"
    heard = row["last_message_at"]
    charge = f"; in charge of {', '.join(row['in_charge'])}" if row["in_charge"] else ""
    said = f"heard {heard:%Y-%m-%d %H:%M:%S}" if heard else "not heard"
    failure = (
        f"; failed {row['failed_at']:%H:%M:%S}: {row['failure']}"
        if row["failure"]
        else ""
    )
    return (
        f"{row['position']:>3} {row['name']:16} {row['kind']:12} {state:10} "
        f"{','.join(row['symbols'])} {said}, {row['reconnects']} reconnects{charge}{failure}"
    )
