"""The peers: installed, started, and broadcasting an event to whoever connects.

Each serves on a port that is given, on the server's core, and yields the process that does
the work. One that this machine lacks the means for is skipped with a line.
"""

import contextlib
import os
import shutil
import subprocess
import venv
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from bench.streaming.load import request
from bench.streaming.machine import (
    BUILD,
    OTHER_CORES,
    SERVER_CORES,
    children,
    compiled,
    free_port,
    program,
    wait_for_port,
)
from bench.streaming.steady import Contender, Server
from pgstrike.db.paths import ROOT

FLOOR = "C floor"
NCHAN = "nchan"
BETTER_SSE = "better-sse"
SSE_STARLETTE = "sse-starlette"
NAIVE_AIOHTTP = "naive aiohttp"

PEERS = ROOT / "bench" / "peers"
VENV = BUILD / "peers-venv"
PYTHON = VENV / "bin" / "python"
PACKAGES = ["aiohttp==3.14.5", "sse-starlette==3.7.0", "uvicorn[standard]==0.54.0"]
NODE = BUILD / "node"
NODE_PACKAGES = ["better-sse@0.16.1"]
NCHAN_MODULES = [
    Path(place) / "ngx_nchan_module.so"
    for place in ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules")
]


Serving = Callable[[int, int], AbstractContextManager[Server]]


def peer(name: str, clients: int, serve: Serving, path: str = "/") -> Contender:
    return Contender(name, clients, serve, [request(path, Accept="text/event-stream")])


def available() -> list[Contender]:
    """The peers that this machine can run, installed; the floor first."""
    found = [peer(FLOOR, 5000, floor)]
    if shutil.which("nginx") and nchan_module():
        found.append(peer(NCHAN, 5000, nchan, "/sub"))
    else:
        print("nchan skipped: there is no nginx with ngx_nchan_module.so")
    if shutil.which("npm"):
        install_node()
        found.append(peer(BETTER_SSE, 2000, better_sse))
    else:
        print("better-sse skipped: there is no npm")
    install_python()
    return [
        *found,
        peer(SSE_STARLETTE, 500, python_peer("sse_starlette_app.py")),
        peer(NAIVE_AIOHTTP, 500, python_peer("naive_aiohttp.py")),
    ]


def install_python() -> None:
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)


def install_node() -> None:
    NODE.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--silent", "--no-audit", *NODE_PACKAGES]
    subprocess.run(command, cwd=NODE, check=True)


@contextlib.contextmanager
def started(command: list[object], port: int) -> Iterator[Server]:
    with program(command, cores=SERVER_CORES) as process:
        wait_for_port(port, process)
        yield Server(process.pid, port)


def floor(size: int, every_ms: int) -> AbstractContextManager[Server]:
    port = free_port()
    return started([compiled(PEERS / "floor.c"), port, size, every_ms], port)


def better_sse(size: int, every_ms: int) -> AbstractContextManager[Server]:
    # Node looks for packages from where the script lies.
    script = shutil.copy(PEERS / "better_sse.mjs", NODE)
    port = free_port()
    return started(["node", script, port, size, every_ms], port)


def python_peer(script: str) -> Serving:
    def serve(size: int, every_ms: int) -> AbstractContextManager[Server]:
        port = free_port()
        return started([PYTHON, PEERS / script, port, size, every_ms], port)

    return serve


def nchan_module() -> Path | None:
    return next((path for path in NCHAN_MODULES if path.exists()), None)


@contextlib.contextmanager
def nchan(size: int, every_ms: int) -> Iterator[Server]:
    """One worker; a publisher beside the load posts the events."""
    port, base = free_port(), BUILD / "nchan"
    base.mkdir(exist_ok=True)
    config = base / "nginx.conf"
    text = (PEERS / "nchan.conf").read_text()
    for name, value in (
        ("MODULE", str(nchan_module())),
        ("USER", "user root;" if os.geteuid() == 0 else ""),
        ("BASE", str(base)),
        ("PORT", str(port)),
    ):
        text = text.replace(f"@{name}@", value)
    config.write_text(text)
    publisher = [PYTHON, PEERS / "nchan_publish.py", port, size, every_ms]
    with program(["nginx", "-p", base, "-c", config], cores=SERVER_CORES) as master:
        wait_for_port(port, master)
        with program(publisher, cores=OTHER_CORES):
            yield Server(children(master.pid)[0], port)
