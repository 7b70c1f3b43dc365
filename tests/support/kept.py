"""Servers that stay between runs of `make try`, each with its template database.

A keeper (tests/support/keeper.py) holds a server's `users.lock` while no run does. It gives
it up half an hour after the last run, or when `make clean` removes the marks of the kept
servers; the server's guard then removes the server, as it does with every server of tests.
"""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from pgstrike.db.embedded.folders import open_lock, opened_lock, try_lock
from pgstrike.db.embedded.guard import ensure_guard
from pgstrike.db.embedded.server import Server
from pgstrike.db.install.render import Engine
from pgstrike.db.paths import ROOT
from tests.support import keeper
from tests.support.engines import FAST, GUARD, make_template, place, server_in

IDLE_SECONDS = 1800
# A template database is made of these.
SOURCES = ("sql", "migrations", "db/install")


@contextlib.contextmanager
def kept(engine: Engine, folder: Path) -> Iterator[tuple[Server, str] | None]:
    """The server that `folder` has a mark of, and its template; both are made when missing."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder.absolute() / engine
    server = server_in(base_of(mark), engine)
    if server is None:
        yield None
        return
    with contextlib.ExitStack() as stack:
        with opened_lock(mark.with_suffix(".lock")) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # of several runs, one makes it
            mark.touch()
            use(stack, server, mark)
            run = stack.enter_context(opened_lock(server.base / "runs.lock"))
            if try_lock(run, fcntl.LOCK_EX):
                tidy(server)
            fcntl.flock(run, fcntl.LOCK_SH)
            template = template_of(server)
        yield server, template
        with contextlib.suppress(FileNotFoundError):  # `make clean` came meanwhile
            os.utime(mark)


def base_of(mark: Path) -> Path:
    name = hashlib.sha256(bytes(mark)).hexdigest()[:12]
    return Path(place(FAST)) / f"pgstrike-kept-{os.geteuid()}-{name}"


def use(stack: contextlib.ExitStack, server: Server, mark: Path) -> None:
    """Hold the server's `users.lock`, have a keeper hold it as well, and start the server."""
    stack.callback(os.close, claimed(server.base))
    keep(server, mark)
    if not server.running():
        server.make()
        ensure_guard(server, GUARD)
        server.launch()


def claimed(base: Path) -> int:
    """A descriptor that holds the `users.lock` of a folder; the folder is made when missing."""
    while True:
        with contextlib.suppress(FileExistsError):
            base.mkdir(mode=0o700)
        try:
            seat = open_lock(base / "users.lock")
        except FileNotFoundError:
            continue  # its guard has just removed it
        fcntl.flock(seat, fcntl.LOCK_SH)  # waits for a guard that is ending the server
        if os.fstat(seat).st_nlink:
            return seat
        os.close(seat)


def keep(server: Server, mark: Path) -> None:
    """Start a keeper unless there is one."""
    with opened_lock(server.base / "keeper.lock") as lock:
        if not try_lock(lock, fcntl.LOCK_EX):
            return
        with opened_lock(server.base / "users.lock") as seat:
            fcntl.flock(seat, fcntl.LOCK_SH)
            subprocess.Popen(
                [sys.executable, "-ES", keeper.__file__, str(mark), str(IDLE_SECONDS)],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[lock, seat],
                start_new_session=True,
            ).returncode = 0  # it outlives us, and is nobody's zombie


def tidy(server: Server) -> None:
    """Remove what killed runs left: their databases and roles, and templates of other texts."""
    kept_names = [template_name(), "postgres", "template0", "template1"]
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        for kind, names in (
            ("DATABASE", "SELECT datname FROM pg_database WHERE datname <> ALL (%s)"),
            ("ROLE", "SELECT rolname FROM pg_roles WHERE rolname <> ALL (%s)"
                     " AND rolname !~ '^(pg_|pgstrike_)'"),
        ):  # fmt: skip
            for (name,) in connection.execute(names.encode(), [kept_names]).fetchall():
                drop = f"DROP {kind} {{}}" + " WITH (FORCE)" * (kind == "DATABASE")
                connection.execute(sql.SQL(drop).format(sql.Identifier(name)))


def template_of(server: Server) -> str:
    """The template of the present texts; it is made in a moment when they have changed."""
    name = template_name()
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        found = connection.execute(
            "SELECT datallowconn FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        if found == (False,):
            return name  # closed, which is the last that is done to it
        if found:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))
    return make_template(server, name)


def template_name() -> str:
    """By a hash of what a database is built from."""
    texts = hashlib.sha256()
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*")):
            if path.suffix in (".sql", ".py"):
                texts.update(bytes(path.relative_to(ROOT)) + b"\0" + path.read_bytes())
    return f"built_{texts.hexdigest()[:16]}"
