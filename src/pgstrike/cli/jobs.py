"""`pgstrike jobs`: the jobs of `pgstrike run`, their history, and changes to them."""

import contextlib
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from pgstrike.cli.options import OneOf, Whole
from pgstrike.cli.reach import database_settings, opened
from pgstrike.jobs.schedule.names import NAMES

if TYPE_CHECKING:
    import psycopg

UNITS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86_400}
JOB = OneOf(lambda: NAMES)
LEAST, MOST = timedelta(milliseconds=50), timedelta(days=30)


class Interval(click.ParamType[timedelta]):
    """A number with a unit of time."""

    name = "interval"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        found = re.fullmatch(
            r"(\d{1,9}(?:\.\d{1,6})?) ?(ms|s|min|h|d)", value, re.ASCII
        )
        if found:
            seconds = float(found[1]) * UNITS[found[2]]
            if LEAST.total_seconds() <= seconds <= MOST.total_seconds():
                return timedelta(seconds=seconds)
        return self.fail(
            f"{value}: give 5s, 500ms, 2min, 1h or 1d, from 50ms to 30d", param, ctx
        )


@click.group()
def jobs() -> None:
    """The jobs of `pgstrike run`: list, pause, change, history.

    A change takes effect within a second, in every process.
    """


@jobs.command("list")
def list_jobs() -> None:
    """List the jobs, with their intervals and their newest runs."""
    from pgstrike.jobs.schedule import control

    with connected() as connection:
        for line in control.job_lines(connection):
            click.echo(line)


@jobs.command()
@click.argument("name", type=JOB, required=False)
@click.option(
    "--count", type=Whole(1, 10_000), default=20, show_default=True, help="Most runs."
)
def history(name: str | None, count: int) -> None:
    """Show the newest runs of job NAME, or of all jobs."""
    from pgstrike.jobs.schedule import control

    with connected() as connection:
        for line in control.history_lines(connection, name, count):
            click.echo(line)


@jobs.command("run-now")
@click.argument("name", type=JOB)
def run_now(name: str) -> None:
    """Run job NAME once more, now, also while it is paused."""
    from pgstrike.jobs.schedule import control

    with connected() as connection:
        control.change(connection, name, is_asked=True)
        say(connection, f"{name} runs now")


@jobs.command()
@click.argument("name", type=JOB)
def pause(name: str) -> None:
    """Start no run of job NAME until it is resumed."""
    from pgstrike.jobs.schedule import control

    with connected() as connection:
        control.change(connection, name, is_on=False)
        click.echo(f"{name} is paused")


@jobs.command()
@click.argument("name", type=JOB)
def resume(name: str) -> None:
    """Run job NAME again at its interval."""
    from pgstrike.jobs.schedule import control

    with connected() as connection:
        control.change(connection, name, is_on=True)
        say(connection, f"{name} is on")


@jobs.command("set")
@click.argument("name", type=JOB)
@click.option("--every", type=Interval(), required=True, help="5s, 500ms, 2min, 1h.")
def set_job(name: str, every: timedelta) -> None:
    """Change the interval of job NAME.

    It holds until the setting of that interval changes.
    """
    from pgstrike.jobs.schedule import control

    with connected() as connection:
        control.change(connection, name, every=every)
        say(connection, f"{name} runs every {control.shown(every)}")


def say(connection: "psycopg.Connection", what: str) -> None:
    """Say what was changed, and whether anybody is there to act on it."""
    from pgstrike.jobs.schedule import control

    if not control.is_scheduled(connection):
        what += ", once `pgstrike run` is started"
    click.echo(what)


@contextlib.contextmanager
def connected() -> Iterator["psycopg.Connection"]:
    with opened(database_settings(), "jobs") as connection:
        yield connection
