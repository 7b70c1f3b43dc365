"""A real Redis on loopback, where the machine has one."""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as NotThereError

REDIS = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(REDIS is None, reason="redis-server is not here")
PATIENCE = 20


class RedisServer:
    """Keeps what it was given over a kill, as a server with an append-only file does."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        assert REDIS is not None
        self.process = subprocess.Popen(
            [
                REDIS, "--port", str(self.port), "--bind", "127.0.0.1",
                "--dir", self.folder, "--appendonly", "yes", "--appendfsync", "always",
                "--save", "", *options,
            ],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        ends = monotonic() + PATIENCE
        while not self._answers():
            assert monotonic() < ends and self.process.poll() is None

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def empty(self) -> None:
        """Forget everything, as where a disk is lost; it must not run."""
        for path in Path(self.folder).iterdir():
            shutil.rmtree(path)

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    @contextmanager
    def client(self) -> Iterator[Redis]:
        with Redis.from_url(self.url) as client:
            yield client

    def _answers(self) -> bool:
        with self.client() as client:
            try:
                return bool(client.ping())
            except AuthenticationError:
                return True
            except NotThereError:
                return False


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def redis_server(*options: str) -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="pgstrike-redis-") as folder:
        server = RedisServer(folder)
        try:
            server.start(*options)
            yield server
        finally:
            server.kill()
