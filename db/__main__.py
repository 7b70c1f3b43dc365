"""`python -m db`: the database itself."""

import os
import shutil
import signal
import subprocess
import sys

from pgstrike.db.connection import connect, describe, without_password
from pgstrike.db.embedded.server import embedded_server, reach_database
from pgstrike.db.errors import PgstrikeError, database_errors, last_line
from pgstrike.db.paths import SQL
from pgstrike.db.queries import query
from pgstrike.db.settings import DatabaseSettings
from pgstrike.db.signals import ending_signals

USAGE = "usage: python -m db psql [ARGUMENT...] | dsn | export > QUOTES.ndjson\n"


def main(arguments: list[str]) -> int:
    for number in ending_signals():
        signal.signal(number, signal.default_int_handler)
    try:
        settings = DatabaseSettings.from_env(os.environ)
        match arguments:
            case ["psql", *rest]:
                return psql(settings, rest)
            case ["dsn"]:
                with reach_database(settings.dsn, settings.data_dir) as dsn:
                    sys.stdout.write(f"{without_password(dsn)[0]}\n")
                return 0
            case ["export"]:
                with reach_database(settings.dsn, settings.data_dir) as dsn:
                    export(dsn)
                return 0
    except PgstrikeError as error:
        sys.stderr.write(last_line(error))
        return 1
    except KeyboardInterrupt:
        return 130
    sys.stderr.write(USAGE)
    return 2


def psql(settings: DatabaseSettings, arguments: list[str]) -> int:
    """psql on the database; the embedded server runs at least as long.

    Without arguments it begins with queries to try.
    """
    program = shutil.which("psql")
    if program is None:
        program = str(embedded_server(settings.data_dir).bin_dir / "psql")
    with reach_database(settings.dsn, settings.data_dir) as dsn:
        welcome = (
            {} if arguments else {"PSQLRC": str(SQL / "analysis" / "welcome.psql")}
        )
        shown, password = without_password(dsn)
        signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for psql: end a query
        return subprocess.run(
            [program, shown, *arguments], env={**os.environ, **welcome, **password}
        ).returncode


def export(dsn: str) -> None:
    """Write every stored quote as NDJSON, also from a database of an older state."""
    with (
        database_errors(describe(dsn)),
        connect(dsn, "export") as connection,
        connection.cursor().copy(query("export_quotes")) as lines,
    ):
        for line in lines:
            sys.stdout.buffer.write(line)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
