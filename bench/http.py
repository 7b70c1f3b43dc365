"""`make bench-http`: a chain of 63 rows, asked for on 50 connections, against three peers.

Each server is one process on one core; Postgres and those who ask have the others. Ours has its
key, its limits and its cache on. A rate is answers per second that the server's process had its
core, so that others on the machine do not count. The database's share is not counted either,
which is for the good of the peer that asks it. Rounds go from server to server, and the median
counts. FastAPI is installed into build/bench/.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from statistics import median
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

from bench.generate import SYMBOL
from bench.report import Figure, at_least, at_most, report
from bench.streaming.machine import (
    BUILD,
    OTHER_CORES,
    SERVER_CORES,
    compiled,
    cpu_seconds,
    free_port,
    program,
    raise_limits,
    wait_for_port,
)
from bench.streaming.market import FRONT
from bench.streaming.ours import api, database, writer
from bench.streaming.steady import Server
from bench.streaming.subscriptions import KEY
from bench.streaming.writer import open_market
from pgstrike.db.connection import connect
from pgstrike.db.paths import ROOT
from pgstrike.jobs.refresh.refresh import refresh_all

CONNECTIONS = 50
LEVELS = 31  # each side of the money: 63 rows
PEERS = ROOT / "bench" / "peers"
VENV = BUILD / "http-venv"
PACKAGES = ["fastapi", "uvicorn[standard]", "asyncpg"]
POOLED = "FastAPI, a pooled query and a model"
BYTES = "FastAPI, ready bytes"
NODE = "Node's http, ready bytes"
GOALS = {POOLED: 10.0, BYTES: 2.0, NODE: 0.45}
CHAIN = f"/v1/chain?symbol={SYMBOL}&expiry={FRONT}&strikes=atm:{LEVELS}"
PAGE = ("/v1/bootstrap", CHAIN, f"/v1/metrics/pcr?symbol={SYMBOL}&expiry={FRONT}")
LIMITED = {"PGSTRIKE_REQUESTS_PER_SECOND": "1000000"}
QUERY = f"""
SELECT expiry::text, strike, call_ltp, call_bid, call_ask, call_iv, call_oi::bigint AS call_oi,
call_volume::bigint AS call_volume, call_delta, put_ltp, put_bid, put_ask, put_iv,
put_oi::bigint AS put_oi, put_volume::bigint AS put_volume, put_delta
FROM fo.latest_snapshot
WHERE timeframe = 'live' AND symbol = '{SYMBOL}' AND expiry = '{FRONT}'
AND moneyness_level BETWEEN -{LEVELS} AND {LEVELS}
ORDER BY strike
"""


class Taken(NamedTuple):
    """What those who asked got, in one interval."""

    per_cpu_second: float
    answers: int
    p99_ms: float


def main() -> int:
    options = arguments()
    raise_limits(1000)
    install()
    with database() as dsn:
        open_market(dsn)
        with connect(dsn, "bench") as connection:
            connection.autocommit = True
            refresh_all(connection)
        figures = [
            *rate_figures(dsn, options),
            *change_figures(dsn, options),
            *cache_figures(dsn, options),
        ]
    return 0 if report("http", figures) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.http", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    return parser.parse_args()


def install() -> None:
    if not (VENV / "bin" / "python").exists():
        venv.create(VENV, with_pip=True)
    python = str(VENV / "bin" / "python")
    command = [python, "-m", "pip", "install", "--quiet", *PACKAGES]
    subprocess.run(command, check=True)


def rate_figures(dsn: str, options: argparse.Namespace) -> list[Figure]:
    with ExitStack() as stack:
        ours = stack.enter_context(api(dsn, LIMITED))
        table = json.loads(read(ours, CHAIN))
        assert len(table["rows"]) == 2 * LEVELS + 1, len(table["rows"])
        servers = {
            "ours": ours,
            **stack.enter_context(peers(dsn, read(ours, CHAIN))),
        }
        rates: dict[str, list[float]] = {name: [] for name in servers}
        for _ in range(options.rounds):
            for name, server in servers.items():
                taken = load(server, options.seconds, CHAIN)
                rates[name].append(taken.per_cpu_second)
    found = {name: median(every) for name, every in rates.items()}
    return [
        at_least(
            f"answers a CPU second over {name}",
            found["ours"],
            found[name],
            name,
            found["ours"] / found[name],
            goal,
        )
        for name, goal in GOALS.items()
    ]


@contextlib.contextmanager
def peers(dsn: str, body: bytes) -> Iterator[Mapping[str, Server]]:
    """The three, serving the same chain."""
    file, asked = BUILD / "chain.json", BUILD / "chain.query"
    file.write_bytes(body)
    asked.write_text(f"{url_of(dsn)}\n{' '.join(QUERY.split())}\n")
    python = VENV / "bin" / "python"
    commands: dict[str, list[Any]] = {
        POOLED: [python, PEERS / "fastapi_pooled.py", asked],
        BYTES: [python, PEERS / "fastapi_bytes.py", file],
        NODE: ["node", PEERS / "node_bytes.mjs", file],
    }
    with ExitStack() as stack:
        found = {}
        for name, (runs, script, given) in commands.items():
            port = free_port()
            process = stack.enter_context(
                program([runs, script, port, given], cores=SERVER_CORES)
            )
            wait_for_port(port, process)
            found[name] = Server(process.pid, port)
        yield found


def url_of(dsn: str) -> str:
    """A connection string as asyncpg reads one."""
    with connect(dsn, "bench") as connection:
        info = connection.info
        return (
            f"postgresql://{info.user}@/{info.dbname}?host={info.host}&port={info.port}"
        )


def change_figures(dsn: str, options: argparse.Namespace) -> list[Figure]:
    """How much longer an answer may take while quotes are committed every second."""
    quiet, changing = [], []
    jobs = [sys.executable, "-m", "pgstrike", "run"]
    for _ in range(options.rounds):
        with api(dsn, LIMITED) as server:
            load(server, 1, CHAIN)
            quiet.append(load(server, 2 * options.seconds, CHAIN).p99_ms)
            with (
                program(jobs, cores=OTHER_CORES, env={"PGSTRIKE_DSN": dsn}),
                writer(dsn, 1000, 1000),
            ):
                load(server, 2, CHAIN)
                changing.append(load(server, 2 * options.seconds, CHAIN).p99_ms)
    return [
        at_most(
            "p99 (ms), 1,000 strikes committed every second",
            median(changing),
            median(quiet),
            "ours, nothing changes",
            median(changing) / median(quiet),
            3,
        )
    ]


def cache_figures(dsn: str, options: argparse.Namespace) -> list[Figure]:
    with api(dsn, LIMITED) as server:
        before = asked(server)
        taken = load(server, options.seconds, CHAIN)
        queries = asked(server) - before
        for path in PAGE:
            read(server, path)
        cold = misses(server)
        for path in PAGE:
            read(server, path)
        warm = misses(server) - cold
    return [
        at_most(
            "queries for one distinct request, nothing changes",
            queries,
            taken.answers,
            "all requests",
            queries,
            1,
        ),
        at_most("requests of a page", len(PAGE), 3, "the goal", len(PAGE), 3),
        at_most("queries of a page, warm", warm, cold, "cold", warm, 0),
    ]


def asked(server: Server) -> int:
    for line in read(server, "/metrics").decode().splitlines():
        if line.startswith('pgstrike_query_seconds_count{statement="metric"}'):
            return int(float(line.split()[-1]))
    return 0


def misses(server: Server) -> int:
    return int(json.loads(read(server, "/v1/cache"))["miss"])


def read(server: Server, path: str) -> bytes:
    headers = {"Authorization": f"Bearer {KEY}"}
    request = Request(f"http://127.0.0.1:{server.port}{path}", headers=headers)
    with urlopen(request, timeout=60) as answer:
        found: bytes = answer.read()
        return found


def load(server: Server, seconds: float, path: str) -> Taken:
    """Ask on all connections for so long."""
    head = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Authorization: Bearer {KEY}\r\nAccept: */*\r\n\r\n"
    )
    before = cpu_seconds(server.pid)
    done = subprocess.run(
        [
            compiled(ROOT / "bench" / "http_load.c"),
            str(server.port),
            str(CONNECTIONS),
            str(seconds),
        ],
        input=head,
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, OTHER_CORES),
    )
    if done.returncode != 0:
        raise SystemExit(f"the load failed: {done.stderr}")
    answers, _, _, p99 = done.stdout.split()
    used = cpu_seconds(server.pid) - before
    return Taken(int(answers) / used, int(answers), int(p99) / 1e6)


if __name__ == "__main__":
    sys.exit(main())
