"""Processes of `pgstrike run` killed and stopped at random, with restarts of Postgres."""

import contextlib
import os
import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from time import sleep

import psycopg
import pytest

from pgstrike.db.embedded.server import Server
from tests.support.engines import clone, make_server, make_template, running
from tests.support.quote_market import value
from tests.support.scheduled import make_tables, start, wait_for

Measured = Callable[[str], None]
Times = Callable[[int, int], int]
PROCESSES = 3
SEED = 13

DOUBLED = """
SELECT job, period FROM public.effect GROUP BY job, period HAVING count(*) > 1
"""
# A done period of an atomic job has its effect, and no other period has one.
UNMATCHED = """
SELECT run.job, run.period FROM job.run AS run
FULL JOIN public.effect AS effect ON run.job = effect.job AND run.period = effect.period
WHERE (run.job <> 'steps' AND run.state = 'done' AND effect.job IS NULL)
    OR run.job IS NULL OR (effect.job IS NOT NULL AND run.state <> 'done')
"""
GAPS = """
SELECT job, period FROM (
    SELECT job, period, period - skipped - 1
        - coalesce(lag(period) OVER (PARTITION BY job ORDER BY period), 0) AS missing
    FROM job.run
) AS run WHERE missing <> 0
"""
STUCK = """
SELECT job FROM job.run
WHERE state = 'running' AND NOT ops.is_alive(pid, backend_start)
"""


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of its own that keeps its commits through a crash."""
    made = make_server("postgres", {})
    assert made is not None
    with running(made) as started:
        yield started


class Crowd:
    """The processes: one that was killed is replaced, one that was stopped wakes up later."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.children = [start(dsn) for _ in range(PROCESSES)]
        self.stopped: list[subprocess.Popen[bytes]] = []

    def kill(self, place: int) -> None:
        self.children[place].kill()
        self.children[place].wait()
        self.children[place] = start(self.dsn)

    def stop(self, place: int) -> None:
        """Stop one; it is left until another has replaced it and all of its sessions."""
        child = self.children[place]
        child.send_signal(signal.SIGSTOP)
        self.stopped.append(child)
        self.children[place] = start(self.dsn)

    def wake(self) -> None:
        for child in self.stopped:
            child.send_signal(signal.SIGCONT)

    def end(self) -> None:
        for child in [*self.children, *self.stopped]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)
            child.wait()


def find(dsn: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def done_periods(dsn: str) -> int:
    asked = "SELECT count(*) FROM job.run WHERE state = 'done'"
    with (
        contextlib.suppress(psycopg.OperationalError),
        psycopg.connect(dsn, autocommit=True) as connection,
    ):
        done: int = value(connection, asked)
        return done
    return 0


def go_on(dsn: str) -> None:
    """Return once periods are done again."""
    before = done_periods(dsn)
    wait_for(lambda: done_periods(dsn) > before)


@pytest.mark.one_engine
def test_no_effect_is_doubled_and_no_period_lost(
    server: Server, times: Times, measured: Measured
) -> None:
    kills, stops, restarts = times(4, 100), times(1, 10), times(1, 3)
    dice = random.Random(SEED)
    faults = ["kill"] * kills + ["stop"] * stops + ["restart"] * restarts
    dice.shuffle(faults)
    with clone(server, make_template(server), "crowded") as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            make_tables(connection)
        crowd = Crowd(dsn)
        try:
            for fault in faults:
                go_on(dsn)
                sleep(dice.random() / 2)  # anywhere in a period
                if fault == "restart":
                    server.stop(dice.choice(["immediate", "fast"]))
                    server.start()
                else:
                    getattr(crowd, fault)(dice.randrange(PROCESSES))
            wait_for(lambda: not find(dsn, STUCK), 120)
            crowd.wake()
            go_on(dsn)
            found = {name: find(dsn, text) for name, text in CHECKS.items()}
        finally:
            crowd.end()
        assert found == {name: [] for name in CHECKS}
        runs, attempts = find(dsn, "SELECT count(*), sum(attempt - 1) FROM job.run")[0]
    measured(
        f"schedule: {kills} kills, {stops} stops, {restarts} restarts in {runs} periods:"
        f" {attempts} run again, 0 doubled effects, 0 gaps"
    )


CHECKS = {"doubled": DOUBLED, "unmatched": UNMATCHED, "gaps": GAPS}
