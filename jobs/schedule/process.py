"""This process among those of `pgstrike run`, and how stopped ones lose their sessions.

A stopped process (SIGSTOP, a frozen machine) keeps its sessions, and with them what it has
claimed and locked. Each process adds 1 to its beat every second. Another one whose beat
stands still loses all its sessions, so that it changes nothing when it wakes up.
"""

import logging
import os
import secrets
import socket
from time import monotonic
from typing import NamedTuple

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import class_row

from pgstrike.db.queries import query

logger = logging.getLogger(__name__)

LEASE_SECONDS = 5.0
BEAT_SECONDS = 1.0
# Two leases, less a beat until the stop is seen and another until it is long enough.
SILENT_SECONDS = 2 * LEASE_SECONDS - 1.5 * BEAT_SECONDS


class Beat(NamedTuple):
    """Another process, as it was seen last."""

    process: str
    host: str
    beat: int


class Process(NamedTuple):
    """This process. Each session of its DSN has the name of the process in its own name."""

    name: str
    host: str
    os_pid: int
    dsn: str

    @classmethod
    def of(cls, dsn: str) -> "Process":
        name = secrets.token_hex(4)
        tagged = make_conninfo(dsn, fallback_application_name=name)
        return cls(name, socket.gethostname(), os.getpid(), tagged)

    def beat(self, connection: psycopg.Connection) -> list[Beat]:
        """Say that we are alive. Returns the other processes."""
        values = {"process": self.name, "host": self.host, "os_pid": self.os_pid}
        with connection.cursor(row_factory=class_row(Beat)) as cursor:
            return cursor.execute(query("beat"), values).fetchall()


class Silence:
    """How long each other process has not beaten, as far as we have looked.

    By a clock that does not jump. A time in which we did not look counts little: we may have
    been stopped together.
    """

    def __init__(self) -> None:
        self._beats: dict[str, tuple[int, float]] = {}
        self._looked = monotonic()

    def stopped(self, beats: list[Beat]) -> list[Beat]:
        """Those that have not beaten for too long."""
        passed = min(monotonic() - self._looked, 2 * BEAT_SECONDS)
        self._looked = monotonic()
        before, self._beats = self._beats, {}
        for process, _, beat in beats:
            known, silent = before.get(process, (None, 0.0))
            self._beats[process] = beat, silent + passed if known == beat else 0.0
        return [
            each for each in beats if self._beats[each.process][1] >= SILENT_SECONDS
        ]


def end_stopped(connection: psycopg.Connection, stopped: list[Beat]) -> None:
    """End all sessions of those processes, as far as our role may."""
    for process, host, _ in stopped:
        try:
            row = connection.execute(query("end_process"), [process]).fetchone()
        except psycopg.errors.InsufficientPrivilege as error:
            logger.error("a stopped process on %s cannot be ended: %s", host, error)
        else:
            logger.warning(
                "a process on %s has stood still for two leases; ended its %s sessions",
                host,
                row and row[0],
            )
