"""`pgstrike run | refresh`: rollups and snapshot."""

import click

from pgstrike.cli.reach import built, jobs_settings


@click.command()
def run() -> None:
    """Refresh rollups and snapshot until stopped.

    One process does this for one database, beside `pgstrike serve` and the feeds. It also
    does the tasks that are asked for.
    """
    from pgstrike.jobs.schedule import schedule
    from pgstrike.jobs.tasks.pool import working

    settings = jobs_settings()
    with built(settings.database) as dsn, working(dsn, settings):
        schedule.run(dsn, settings)


@click.command()
def refresh() -> None:
    """Refresh rollups and snapshot once.

    Stored sessions whose calendar was corrected are judged again before.
    """
    from pgstrike.jobs.ingest.rederive import judge_again
    from pgstrike.jobs.refresh.refresh import refresh_now

    settings = jobs_settings()
    with built(settings.database) as dsn:
        judge_again(dsn)
        refresh_now(dsn)
