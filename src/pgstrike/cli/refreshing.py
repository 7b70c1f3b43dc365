"""`pgstrike run | refresh`: rollups and snapshot."""

import click

from pgstrike.cli.reach import built, jobs_settings
from pgstrike.db.copies import refuse_copy


@click.command()
def run() -> None:
    """Refresh rollups and snapshot until stopped.

    Any number of processes, on any number of machines, share the jobs of one database,
    and do the tasks that are asked for.
    """
    from pgstrike.jobs.schedule import schedule

    settings = jobs_settings()
    with built(settings.database) as dsn:
        schedule.run(dsn, settings)


@click.command()
def refresh() -> None:
    """Refresh rollups and snapshot once.

    Before that, stored sessions whose calendar was corrected are checked again.
    """
    from pgstrike.jobs.ingest.rederive import judge_again
    from pgstrike.jobs.refresh.refresh import refresh_now

    settings = jobs_settings()
    with built(settings.database, refuse_copy) as dsn:
        judge_again(dsn)
        refresh_now(dsn)
