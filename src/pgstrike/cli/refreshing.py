"""`pgstrike run | refresh`: rollups and snapshot."""

import os

import click

from pgstrike.cli.reach import built, end_by_signals, log_to_stderr
from pgstrike.jobs.settings import JobsSettings


@click.command()
def run() -> None:
    """Refresh rollups and snapshot until stopped.

    One process does this for one database, beside `pgstrike serve` and the feeds.
    """
    from pgstrike.jobs.schedule import schedule

    settings = begin()
    with built(settings.database) as dsn:
        schedule.run(dsn, settings)


@click.command()
def refresh() -> None:
    """Refresh rollups and snapshot once."""
    from pgstrike.jobs.refresh.refresh import refresh_now

    settings = begin()
    with built(settings.database) as dsn:
        refresh_now(dsn)


def begin() -> JobsSettings:
    end_by_signals()
    log_to_stderr()
    return JobsSettings.from_env(os.environ)
