"""`pgstrike upgrade | psql | dsn | export`: the database itself."""

import os
import shutil
import signal
import subprocess
import sys

import click

from pgstrike.cli.reach import database_settings, end_by_signals, reached
from pgstrike.db.paths import MIGRATIONS, SQL
from pgstrike.db.queries import query


@click.command()
def upgrade() -> None:
    """Build the database, or bring it to the state of this pgstrike.

    Run it once for a new database, after each new version of pgstrike, and after a restore.
    Where there is nothing to do it says so and changes nothing. Rollups whose definition has
    changed are built beside the old ones first, as `pgstrike rollup replace` does it.
    """
    from alembic import command
    from alembic.config import Config

    from pgstrike.cli.rollups import replace_differing

    end_by_signals()
    with reached(database_settings()) as found:
        replace_differing(found)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]}
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> int:
    """Open psql on the database, or pass ARGUMENTS to psql.

    Without arguments it begins with queries to try.

    Example: pgstrike psql -c "SELECT * FROM analytics.pcr('NIFTY')"
    """
    from pgstrike.db.connection import without_password
    from pgstrike.db.embedded.server import embedded_server

    end_by_signals()
    settings = database_settings()
    program = shutil.which("psql")
    if program is None:
        program = str(embedded_server(settings.data_dir).bin_dir / "psql")
    with reached(settings) as dsn:
        shown, password = without_password(dsn)
        signal.signal(signal.SIGINT, lambda *_: None)  # in psql it ends a query
        return subprocess.run(
            [program, shown, *arguments],
            env={**os.environ, **({} if arguments else welcome()), **password},
        ).returncode


def welcome() -> dict[str, str]:
    return {"PSQLRC": str(SQL / "analysis" / "welcome.psql")}


@click.command()
def dsn() -> None:
    """Print the address of the database, without a password."""
    from pgstrike.db.connection import without_password

    with reached(database_settings()) as found:
        click.echo(without_password(found)[0])


@click.command()
def export() -> None:
    """Write every stored quote to standard output as NDJSON.

    It reads databases of older versions too: export, upgrade a new database, ingest.

    Example: pgstrike export > quotes.ndjson
    """
    from pgstrike.db.connection import connect

    end_by_signals()
    with (
        reached(database_settings()) as found,
        connect(found, "export") as connection,
        connection.cursor().copy(query("export_quotes")) as lines,
    ):
        for line in lines:
            sys.stdout.buffer.write(line)
    sys.stdout.flush()
