"""What a client that comes back waits for what it missed."""

import socket
from statistics import median
from time import perf_counter

import numpy as np

from bench.generate import EXPIRIES, STRIKES
from bench.report import Figure, at_most
from bench.streaming import subscriptions
from bench.streaming.market import STEP, batch_of, clock_number, figures
from bench.streaming.ours import api
from bench.streaming.writer import clock, new_store
from pgstrike.db.connection import connect

MISSED = 10_000
TIMES = 5


def replay_figures(dsn: str) -> list[Figure]:
    first, second = miss(dsn), miss(dsn)
    with api(dsn) as server:
        port = server.port
        took = {
            "from memory": [seconds_to_replay(port, second) for _ in range(TIMES)],
            # What is kept in memory begins 10,000 events later.
            "from the log": [seconds_to_replay(port, first) for _ in range(TIMES)],
        }
    return [replay_figure(place, median(times)) for place, times in took.items()]


def replay_figure(place: str, ours: float) -> Figure:
    what = f"s to replay {MISSED:,} events, {place}"
    return at_most(what, ours, 1, "the budget", ours, 1)


def miss(dsn: str) -> str:
    """Let 10,000 events happen; returns the id before them."""
    with connect(dsn, "bench writer") as connection:
        row = connection.execute(
            "SELECT ops.epoch() || ':' || last_id FROM job.event_counter"
        ).fetchone()
        assert row is not None
        store, number = new_store(connection), clock_number(clock(connection))
        for _ in range(0, MISSED, STRIKES * EXPIRIES):
            number += 1
            rows = figures(number, np.random.default_rng(number))
            # An event has one quote_time, so each strike makes one of its own.
            rows["quote_time"] += np.arange(len(rows)) * (
                STEP.microseconds // len(rows)
            )
            store.add(batch_of(rows))
    return str(row[0])


def seconds_to_replay(port: int, after: str) -> float:
    request = subscriptions.ask(after=after).encode()
    began, seen, rest = perf_counter(), 0, b""
    with socket.create_connection(("127.0.0.1", port)) as reader:
        reader.sendall(request)
        while seen < MISSED:
            got = reader.recv(1 << 20)
            if not got or b"event: reset" in got:
                raise SystemExit("the replay ended early")
            rest += got
            whole = rest.rfind(b"\n") + 1
            seen += rest.count(b"\ndata: ", 0, whole)
            rest = rest[whole - 1 :]
    return perf_counter() - began
