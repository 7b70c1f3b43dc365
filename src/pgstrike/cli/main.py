"""Which commands there are, and how each one ends.

A command's module is imported when the command is run: `pgstrike --help` loads no driver.
"""

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

import click
from click.exceptions import NoArgsIsHelpError

from pgstrike.db.errors import PgstrikeError, last_line
from pgstrike.db.signals import end_with_input

# Of so many the garbage collector runs once. With Python's own 700 it runs hundreds of times
# while modules are loaded.
NEW_OBJECTS = 20_000


class Place(NamedTuple):
    """The module and the name of a command, and its line in the list of commands."""

    module: str
    name: str
    help: str


COMMANDS = {
    "demo": Place("demo", "demo", "Try everything on a database of its own."),
    "upgrade": Place("database", "upgrade", "Build the database, or update it."),
    "ingest": Place("feeds", "ingest", "Store recorded quotes from files or a pipe."),
    "simulate": Place("feeds", "simulate", "Store quotes of a simulated market."),
    "feed": Place("feed", "feed", "Add live feeds, test them, see how they stand."),
    "run": Place("refreshing", "run", "Refresh rollups and snapshot until stopped."),
    "refresh": Place("refreshing", "refresh", "Refresh rollups and snapshot once."),
    "rollup": Place("rollups", "rollup", "Replace rollups whose definition changed."),
    "jobs": Place("jobs", "jobs", "List, pause and change the jobs of `pgstrike run`."),
    "serve": Place("serving", "serve", "Serve REST and the stream until stopped."),
    "relay": Place("relay", "relay", "Pass events on to a stream of Redis."),
    "edge": Place("edge", "edge", "Have a database near the readers follow another."),
    "mcp": Place("mcp", "mcp", "Offer the metrics to a language model."),
    "status": Place("status", "status", "Show whether everything works."),
    "calendar": Place("calendar", "calendar", "Show and correct trading hours."),
    "instrument": Place("instruments", "instrument", "Load and correct contracts."),
    "archive": Place("storage", "archive", "Archive old quotes, and drop them."),
    "restore": Place("storage", "restore", "Bring archived quotes back."),
    "key": Place("keys", "key", "Create, list and revoke API keys."),
    "alert": Place("alert", "alert", "Set alerts, and replay them over the past."),
    "features": Place("features", "features", "Backfill features, export them."),
    "model": Place("model", "model", "Train, add and activate models."),
    "task": Place("task", "task", "Ask for work, watch and cancel it."),
    "psql": Place("database", "psql", "Open psql on the database."),
    "dsn": Place("database", "dsn", "Print the database's address, without password."),
    "export": Place("database", "export", "Write every stored quote as NDJSON."),
    "completion": Place("completion", "completion", "Print shell completion."),
}


class Commands(click.Group):
    """The commands of COMMANDS."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module = importlib.import_module(f"pgstrike.cli.{place.module}")
        command: click.Command = getattr(module, place.name)
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.help) for name, place in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`pgstrike COMMAND --help` explains one command. Settings are environment "
    "variables; the first is PGSTRIKE_DSN. Without it pgstrike runs a PostgreSQL server "
    "of its own.",
)
@click.version_option(None, "-V", "--version", package_name="pgstrike")
@click.option("--end-with-input", is_flag=True, hidden=True)
def pgstrike(end_with_input: bool) -> None:
    """Live option-chain analytics inside Postgres.

    Begin with `pgstrike demo`.
    """
    if end_with_input:
        follow_parent()


follow_parent = end_with_input


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; an error is one line."""
    gc.set_threshold(NEW_OBJECTS)
    # Else NumPy starts a thread for each core, and idle ones use CPU. None is needed here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        return run(arguments)
    except PgstrikeError as error:
        sys.stderr.write(last_line(error))
        return 1
    except BrokenPipeError:
        # Python would report the closed pipe once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def run(arguments: Sequence[str] | None) -> int:
    try:
        done = pgstrike.main(arguments, prog_name="pgstrike", standalone_mode=False)
    except click.Abort:  # Ctrl-C
        return 130
    except NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return error.exit_code
    except click.ClickException as error:
        sent = sys.argv[1:] if arguments is None else arguments
        sys.stderr.write(last_line(PgstrikeError(refusal(error, sent))))
        return error.exit_code
    return done if isinstance(done, int) else 0


def refusal(error: click.ClickException, sent: Sequence[str]) -> str:
    context = getattr(error, "ctx", None)
    # Of an option without its value click does not say whose it is.
    path = context.command_path if context is not None else command_path(sent)
    message = " ".join(error.format_message().split()).rstrip(".")
    return f"{message}; see `{path} --help`"


def command_path(sent: Sequence[str]) -> str:
    """The command that these words name, as far as they name one."""
    command: click.Command | None = pgstrike
    path = ["pgstrike"]
    for word in sent:
        if word.startswith("-"):
            continue
        if not isinstance(command, click.Group):
            break
        command = command.get_command(click.Context(command), word)
        if command is None:
            break
        path.append(word)
    return " ".join(path)
