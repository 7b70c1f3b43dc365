"""A primary and its hot standby, both of the test's own, on this machine alone."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

import psycopg

from pgstrike.db.embedded.folders import own_base, own_folder, run_as_server_user
from pgstrike.db.embedded.guard import ensure_guard
from pgstrike.db.embedded.postmaster import environment
from pgstrike.db.embedded.server import Server
from pgstrike.db.embedded.sockets import own_sockets
from pgstrike.db.install.render import Engine
from tests.support.engines import CLAIMS, GUARD, claimed, place, running, server_in

# A commit is sent at once; a crash of the machine is no matter of ours.
SPEED = {"fsync": "off", "full_page_writes": "off"}
SETTINGS = {
    "hot_standby_feedback": "on",
    "wal_receiver_timeout": "5s",
    "wal_retrieve_retry_interval": "100ms",
}
PATIENCE_SECONDS = 30.0


class Pair(NamedTuple):
    """Two running servers; the second follows the first, until it is promoted."""

    primary: Server
    standby: Server

    def promote(self) -> None:
        """Return once the standby takes writes."""
        with psycopg.connect(self.standby.dsn("postgres"), autocommit=True) as session:
            assert session.execute("SELECT pg_promote()").fetchone() == (True,)

    def promoted(self) -> None:
        """Return once the standby is none any more."""
        patience = monotonic() + PATIENCE_SECONDS
        with psycopg.connect(self.standby.dsn("postgres"), autocommit=True) as session:
            while session.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
                assert monotonic() < patience, "the standby is not promoted"
                sleep(0.002)

    def replayed(self) -> None:
        """Return once the standby has all that the primary has committed by now."""
        with psycopg.connect(self.primary.dsn("postgres"), autocommit=True) as session:
            [(upto,)] = session.execute("SELECT pg_current_wal_flush_lsn()").fetchall()
        patience = monotonic() + PATIENCE_SECONDS
        with psycopg.connect(self.standby.dsn("postgres"), autocommit=True) as session:
            while session.execute(
                "SELECT pg_last_wal_replay_lsn() < %s::pg_lsn", [upto]
            ).fetchone() == (True,):
                assert monotonic() < patience, "the standby does not follow"
                sleep(0.002)

    @contextlib.contextmanager
    def replay_paused(self) -> Iterator[psycopg.Connection]:
        """The standby replays nothing meanwhile."""
        state = "SELECT pg_get_wal_replay_pause_state()"
        with psycopg.connect(self.standby.dsn("postgres"), autocommit=True) as session:
            session.execute("SELECT pg_wal_replay_pause()")
            while session.execute(state).fetchone() != ("paused",):
                sleep(0.002)
            try:
                yield session
            finally:
                session.execute("SELECT pg_wal_replay_resume()")


def make_primary(engine: Engine) -> Server | None:
    base = claimed(place(SPEED), f"pgstrike-test-{engine}-primary-")
    server = server_in(base, engine, SPEED)
    return server and server._replace(settings={**server.settings, **SETTINGS})


@contextlib.contextmanager
def following(
    primary: Server, *, through: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A hot standby of a running primary, which it reaches there, or `through` a network."""
    base = claimed(place(SPEED), "pgstrike-test-standby-")
    standby = Server(primary.bin_dir, base.resolve(), primary.settings)
    own_base(standby.base)
    own_sockets(standby.base)
    copy(primary, standby, through or {})
    try:
        ensure_guard(standby, GUARD)
        standby.launch()
        yield standby
    finally:
        standby.remove()
        if claim := CLAIMS.pop(base, None):
            claim.give_up()


def copy(primary: Server, standby: Server, through: Mapping[str, str]) -> None:
    """Fill the standby's folder by pg_basebackup, and have it follow."""
    fresh = Path(tempfile.mkdtemp(prefix="initdb-", dir=standby.base))
    own_folder(fresh, for_server=True)
    done = subprocess.run(
        [
            primary.bin_dir / "pg_basebackup",
            *("-d", primary.dsn("postgres"), "-D", fresh),
            *("--checkpoint=fast", "--no-sync", "--wal-method=stream"),
        ],
        env=environment(),
        cwd="/",
        capture_output=True,
        text=True,
        **run_as_server_user(),
    )
    assert done.returncode == 0, done.stderr
    fresh.rename(standby.data)
    follow(primary, standby, through)


def follow(
    primary: Server, standby: Server, through: Mapping[str, str] | None = None
) -> None:
    """Let the next start of a server be that of a standby of the other."""
    dsn = psycopg.conninfo.make_conninfo(primary.dsn("postgres"), **(through or {}))
    with (standby.data / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"primary_conninfo = '{dsn.replace(chr(39), chr(39) * 2)}'\n")
        settings.write("recovery_target_timeline = 'latest'\n")
    signal = standby.data / "standby.signal"
    signal.touch()
    signal.chmod(0o644)


@contextlib.contextmanager
def pair_of(engine: Engine) -> Iterator[Pair | None]:
    """Two servers of the engine; None where it is not to be had."""
    primary = make_primary(engine)
    if primary is None:
        yield None
        return
    with running(primary), following(primary) as standby:
        yield Pair(primary, standby)
