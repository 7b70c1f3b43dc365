"""`python -m jobs`: what writes."""

import argparse
import logging
import os
import re
import signal
import sys
from collections.abc import Sequence

import psycopg

from pgstrike.db.connection import connect, describe
from pgstrike.db.embedded.server import reach_database
from pgstrike.db.errors import PgstrikeError, SettingError, database_errors, last_line
from pgstrike.db.install.schema import require_built
from pgstrike.db.options import number_option, text_option, whole_option
from pgstrike.db.signals import end_with_input, ending_signals
from pgstrike.jobs import demo
from pgstrike.jobs.ingest.ingest import ingest_files, ingest_simulated
from pgstrike.jobs.refresh.refresh import refresh_now
from pgstrike.jobs.schedule import schedule
from pgstrike.jobs.settings import JobsSettings

UNITS = re.compile("[1-9][0-9]{0,8}")  # of a lot


def main(arguments: Sequence[str]) -> int:
    options = parser().parse_args(arguments)
    # SIGTERM and a closed terminal bring the same clean end as Ctrl-C.
    for number in ending_signals():
        signal.signal(number, signal.default_int_handler)
    if options.end_with_input:
        end_with_input()
    logging.basicConfig(
        format="%(asctime)s %(name)s: %(message)s",
        level=logging.INFO,
        stream=sys.stderr,
    )
    # A turn that comes while the last one lasts is left out, and that is as it should be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    try:
        command(options, JobsSettings.from_env(os.environ))
    except (PgstrikeError, psycopg.Error) as error:
        sys.stderr.write(last_line(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def command(options: argparse.Namespace, settings: JobsSettings) -> None:
    if options.command == "demo":
        return demo.run(demo_options(options), settings)
    database = settings.database
    with (
        reach_database(database.dsn, database.data_dir) as dsn,
        database_errors(describe(dsn)),
    ):
        with connect(dsn, "check") as connection:
            require_built(connection)
        match options.command:
            case "ingest":
                ingest_files(
                    dsn,
                    settings,
                    options.files,
                    lots_of(options.lot),
                    speed=options.speed,
                    is_live=options.live,
                )
            case "simulate":
                ingest_simulated(
                    dsn,
                    settings,
                    options.symbol or ["NIFTY"],
                    speed=options.speed,
                    seed=options.seed,
                )
            case "refresh":
                refresh_now(dsn)
            case "run":
                schedule.run(dsn, settings)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m jobs", description=__doc__)
    top.add_argument("--end-with-input", action="store_true", help=argparse.SUPPRESS)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    ingest = commands.add_parser(
        "ingest", help="store recorded sessions (NSE CSV, NDJSON; plain or .gz)"
    )
    ingest.add_argument("files", nargs="+", metavar="FILE", help="- is NDJSON on stdin")
    add_feed_options(ingest)
    ingest.add_argument(
        "--live", action="store_true", help="reject quotes ahead of the wall clock"
    )
    ingest.add_argument("--speed", type=speed, default=0, help="0: as fast as it can")
    simulate = commands.add_parser("simulate", help="store what the simulator makes up")
    simulate.add_argument(
        "--symbol",
        type=text_option,
        action="append",
        help="NIFTY (may be repeated)",
    )
    simulate.add_argument(
        "--speed", type=speed, default=60, help="0: without end, fast"
    )
    simulate.add_argument("--seed", type=whole_option(0, 2**63 - 1), default=0)
    commands.add_parser("run", help="refresh rollups and snapshot until stopped")
    commands.add_parser("refresh", help="refresh rollups and snapshot once")
    play = commands.add_parser(
        "demo", help="everything at once, on the embedded server"
    )
    play.add_argument("--feed", action="append", default=[], metavar="FILE")
    add_feed_options(play)
    play.add_argument("--speed", type=speed, default=60)
    play.add_argument(
        "--duration",
        type=number_option(0.1, 10_000_000),
        help="seconds after which it ends",
    )
    return top


def add_feed_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--lot",
        action="append",
        default=[],
        metavar="[SYMBOL=]N",
        help="units per lot of an NSE CSV file (may be repeated)",
    )


def demo_options(options: argparse.Namespace) -> demo.Options:
    return demo.Options(
        feeds=options.feed,
        lots=options.lot,
        speed=options.speed,
        duration=options.duration,
    )


def speed(text: str) -> float:
    value = number_option(0, 1_000_000)(text)
    if 0 < value < 1:
        raise argparse.ArgumentTypeError("give 0, or a number from 1 to 1000000")
    return value


def lots_of(options: Sequence[str]) -> dict[str, int] | int:
    """`75`, or `NIFTY=75` and `BANKNIFTY=35`; no option is no lot at all."""
    lots: dict[str, int] = {}
    for option in options:
        symbol, _, number = option.rpartition("=")
        if not UNITS.fullmatch(number):
            raise SettingError(f"--lot {option}: give a number of units, or SYMBOL=N")
        if not symbol and len(options) > 1:
            raise SettingError(f"--lot {option}: with several, name each: SYMBOL=N")
        if not symbol:
            return int(number)
        lots[symbol] = int(number)
    return lots


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
