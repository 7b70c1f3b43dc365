"""One run of the whole way: a feed into `ingest`, beside `run`, and `serve` with panels."""

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median
from time import monotonic, sleep, time
from typing import NamedTuple
from urllib.parse import urlencode

import psycopg

from bench.feeding.market import EXPIRIES, OPENS, STEP_SECONDS, SYMBOLS, steps
from bench.feeding.peer import Checkout
from bench.streaming.load import load, request
from bench.streaming.machine import CORES, free_port, program, wait_for_port

PANELS = 200
KEY = "bench-key"
WAIT_SECONDS = 60  # how long to wait, after the last step, for figures not yet seen
CHAINS = """
    SELECT payload ->> 'quote_time', max(extract(epoch FROM created_at)), max(id)
    FROM fo.event WHERE topic = 'chain' GROUP BY 1
"""
SNAPSHOTS = """
    SELECT (payload ->> 'event')::bigint, extract(epoch FROM created_at)
    FROM fo.event WHERE topic = 'snapshot' ORDER BY id
"""


class Lags(NamedTuple):
    """Seconds from the last line of each step to its last chain event and its snapshot."""

    chain: list[float]
    snapshot: list[float]

    @property
    def follows(self) -> bool:
        """Whether the lag does not grow: the last third is no later than the first."""
        third = max(1, len(self.snapshot) // 3)
        first, last = median(self.snapshot[:third]), median(self.snapshot[-third:])
        return last <= max(1.5 * first, STEP_SECONDS)


def feed_live(checkout: Checkout, dsn: str, strikes: int, seconds: int) -> Lags:
    """Write the steps as they fall due, and say how late each was seen."""
    written = list(steps(strikes, seconds // STEP_SECONDS))
    with serving(checkout, dsn), ingesting(checkout, dsn) as stdin:
        ended = paced(stdin, written)
        return lags(dsn, ended)


@contextlib.contextmanager
def serving(checkout: Checkout, dsn: str) -> Iterator[None]:
    port = free_port()
    env = environment(dsn, PGSTRIKE_API_PORT=str(port))
    everywhere = set(CORES)
    with (
        program(checkout.run, cores=everywhere, cwd=checkout.folder, env=env),
        program(checkout.serve, cores=everywhere, cwd=checkout.folder, env=env) as api,
    ):
        wait_for_port(port, api)
        with load(port, PANELS, panels(checkout)):
            yield


@contextlib.contextmanager
def ingesting(checkout: Checkout, dsn: str) -> Iterator[int]:
    """The descriptor of the pipe that `ingest` reads."""
    read, write = os.pipe()
    command = [*checkout.ingest, "-"]
    with subprocess.Popen(
        command,
        cwd=checkout.folder,
        env=environment(dsn),
        stdin=read,
        stdout=subprocess.DEVNULL,
    ) as process:
        os.close(read)
        try:
            yield write
        finally:
            os.close(write)
            process.terminate()


def environment(dsn: str, **more: str) -> dict[str, str]:
    return {**os.environ, "PGSTRIKE_DSN": dsn, "PGSTRIKE_API_KEY": KEY, **more}


def panels(checkout: Checkout) -> list[str]:
    """One of each chain, in turn."""
    return [
        request(
            f"{checkout.stream}?"
            + urlencode(
                {
                    "symbol": symbol,
                    "expiry": expiry,
                    "strikes": "atm:10",
                    "fields": "ltp,oi,iv",
                }
            ),
            Authorization=f"Bearer {KEY}",
        )
        for symbol in SYMBOLS
        for expiry in EXPIRIES
    ]


def paced(pipe: int, written: Sequence[bytes]) -> list[float]:
    """When the last line of each step was written, in seconds of the wall clock."""
    due, ended = monotonic(), []
    for step in written:
        sleep(max(due - monotonic(), 0))
        rest = memoryview(step)
        while rest:
            rest = rest[os.write(pipe, rest) :]
        ended.append(time())
        due += STEP_SECONDS
    return ended


def lags(dsn: str, ended: list[float]) -> Lags:
    """From the log of events, once the last step is in a snapshot."""
    until = monotonic() + WAIT_SECONDS
    with psycopg.connect(dsn, autocommit=True) as connection:
        while True:
            chains = {
                step_of(when): (float(at), event)
                for when, at, event in connection.execute(CHAINS)
            }
            included = [
                (event, float(at)) for event, at in connection.execute(SNAPSHOTS)
            ]
            last = chains.get(len(ended) - 1)
            if last and included and included[-1][0] >= last[1]:
                break
            if monotonic() > until:
                return Lags([WAIT_SECONDS], [STEP_SECONDS, WAIT_SECONDS])
            sleep(0.2)
    chain, snapshot = [], []
    for step, end in enumerate(ended):
        at, event = chains[step]
        chain.append(at - end)
        snapshot.append(
            next(when for newest, when in included if newest >= event) - end
        )
    return Lags(chain, snapshot)


def step_of(quote_time: str) -> int:
    since = datetime.fromisoformat(quote_time) - OPENS
    return round(since.total_seconds() / STEP_SECONDS)
