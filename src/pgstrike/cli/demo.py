"""`pgstrike demo`: everything at once."""

import os
from pathlib import Path

import click

from pgstrike.cli.known_settings import warn_of_unknown
from pgstrike.cli.options import Number, Speed, lots_option
from pgstrike.cli.reach import end_by_signals
from pgstrike.jobs.settings import JobsSettings


@click.command()
@click.option(
    "--feed",
    "feeds",
    multiple=True,
    metavar="FILE",
    help="Play a recorded file instead of the simulator; may be repeated. `deribit` is live.",
)
@click.option(
    "--replay",
    type=click.Path(exists=True, file_okay=False, path_type=Path, resolve_path=True),
    help="With --feed deribit: a folder of `pgstrike feed run --record` instead of the source.",
)
@lots_option
@click.option(
    "--speed",
    type=Speed(),
    default=60,
    show_default=True,
    help="Market seconds per second.",
)
@click.option(
    "--duration",
    type=Number(0.1, 10_000_000),
    help="Seconds after which it ends.  [default: Ctrl-C]",
)
def demo(
    feeds: tuple[str, ...],
    replay: Path | None,
    lots: tuple[str, ...],
    speed: float,
    duration: float | None,
) -> None:
    """Try everything on a database of its own, which is removed at the end.

    It starts PostgreSQL, a simulated market, the refreshes and the API, and prints where to
    look. It never touches the database of PGSTRIKE_DSN.
    """
    from pgstrike.jobs.demo import Options, run

    end_by_signals()
    warn_of_unknown()
    options = Options([*feeds], [*lots], speed, duration, replay)
    run(options, JobsSettings.from_env(os.environ))
